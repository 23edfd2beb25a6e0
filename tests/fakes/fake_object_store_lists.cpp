// What lists of parts and of uploads show: pages, lags, and what is there no longer.
#include "tests/fakes/checksum.h"
#include "tests/fakes/fake_object_store.h"

namespace longshore::fakes {

const FakeUpload& FakeObjectStore::listed_upload(const ObjectKey& key, const StoreUploadId& upload) {
  const auto back = revenants_.find(upload);
  return back != revenants_.end() && back->second.request.key == key ? back->second
                                                                     : open_upload(key, upload);
}

Task<std::vector<ListedPart>> FakeObjectStore::list_parts(ObjectKey key, StoreUploadId upload) {
  co_await pause("list_parts.begin");
  if (profile_.lists_parts_of_unknown && !uploads_.contains(upload) && !revenants_.contains(upload))
    co_return std::vector<ListedPart>{};
  const FakeUpload* listed = &listed_upload(key, upload);
  std::vector<ListedPart> parts;
  std::size_t on_page = 0;
  for (auto next = listed->parts.begin(); next != listed->parts.end(); ++next) {
    if (on_page++ == profile_.list_page && hooks_.between_pages) {
      const PartNumber marker = next->first;
      co_await hooks_.between_pages();
      listed = &listed_upload(key, upload);
      next = listed->parts.lower_bound(marker);
      if (next == listed->parts.end()) break;
      on_page = 1;
    }
    const auto& [number, part] = *next;
    if (profile_.list_lag > Millis{0} && clock_.now() - part.stored_at < profile_.list_lag) continue;
    ListedPart row{.number = number, .etag = part.etag, .size = static_cast<std::int64_t>(part.bytes.size())};
    if (profile_.lists_checksums) row.crc32c = crc32c_of(part.bytes);
    parts.push_back(std::move(row));
  }
  co_return parts;
}

Task<std::vector<StoreUploadId>> FakeObjectStore::list_uploads(ObjectKey key) {
  co_await pause("list_uploads.begin");
  const auto lags = [this](Time since) {
    return profile_.list_lag > Millis{0} && clock_.now() - since < profile_.list_lag;
  };
  std::vector<StoreUploadId> ids;
  if (!profile_.lists_uploads) co_return ids;
  for (const auto& [id, upload] : uploads_) {
    if (upload.request.key == key && !lags(upload.created_at)) ids.push_back(id);
  }
  for (const auto& [id, upload] : revenants_) {
    if (upload.request.key == key) ids.push_back(id);
  }
  for (const auto& [id, ended] : ended_) {
    if (ended.upload.request.key == key && lags(ended.at) && !revenants_.contains(id)) ids.push_back(id);
  }
  co_return ids;
}

}  // namespace longshore::fakes
