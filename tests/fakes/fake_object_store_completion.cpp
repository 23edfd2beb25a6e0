// Completion: what speaks against it, and what a second one does.
#include <utility>

#include "tests/fakes/checksum.h"
#include "tests/fakes/fake_object_store_land.h"
#include "tests/fakes/store_answers.h"

namespace longshore::fakes {

namespace {

Error invalid_part(PartNumber number) {
  return refused("InvalidPart", "part " + std::to_string(number.value()) + " is not as named");
}

}  // namespace

Task<StoredObject> FakeObjectStore::complete_upload(CompleteUpload request) {
  co_await pause("complete_upload.begin");
  auto effect = [this, request] { return complete_now(request); };
  co_return co_await land("complete_upload.effect", "complete_upload.answer", std::move(effect));
}

StoredObject FakeObjectStore::complete_now(const CompleteUpload& request) {
  if (const auto gone = ended_.find(request.upload); gone != ended_.end() && gone->second.result) {
    return complete_again(request, gone->second);
  }
  FakeUpload& upload = open_upload(request.key, request.upload);
  check_parts(request, upload);

  FakeObject object{.headers = upload.request.headers, .made_by = request.upload};
  for (const CompletePart& named : request.parts) object.bytes += upload.parts[named.number].bytes;
  if (request.crc32c && *request.crc32c != crc32c_of(object.bytes)) {
    throw Error(Reason::integrity, "the checksum of the whole is another",
                ErrorDetails{.store_code = "BadDigest"});
  }
  switch (hooks_.completion ? hooks_.completion(request) : StoreHooks::Completion::well) {
    case StoreHooks::Completion::well:
      break;
    case StoreHooks::Completion::over_quota:
      if (profile_.quota_ends_upload) abort_now(request.key, request.upload);
      throw refused("QuotaExceeded", "there is no room for it");
    case StoreHooks::Completion::spoilt:
      object.bytes.front() = static_cast<char>(object.bytes.front() ^ 1);
  }
  object.etag = ETag(make_etag(object.bytes).str() + "-" + std::to_string(request.parts.size()));

  upload.parts.clear();
  Ended ended{.upload = std::move(upload), .at = clock_.now()};
  ended.result = store_object(request.key, std::move(object));
  uploads_.erase(request.upload);
  return *(ended_[request.upload] = std::move(ended)).result;
}

StoredObject FakeObjectStore::complete_again(const CompleteUpload& request, Ended& ended) {
  if (ended.upload.request.key != request.key) throw absent("NoSuchUpload");
  if (profile_.double_complete_harms_for > Millis{0} &&
      clock_.now() - ended.at <= profile_.double_complete_harms_for) {
    objects_.erase(request.key);
    throw Error(Reason::store_unavailable, "the store answers InternalError",
                ErrorDetails{.store_code = "InternalError"}, Outcome::unknown);
  }
  switch (profile_.complete_again) {
    case StoreProfile::CompleteAgain::success:
      return *ended.result;
    case StoreProfile::CompleteAgain::absent:
      throw absent("NoSuchUpload");
    case StoreProfile::CompleteAgain::invalid_part:
      throw refused("InvalidPart", "no such part any more");
  }
  throw absent("NoSuchUpload");
}

void FakeObjectStore::check_parts(const CompleteUpload& request, const FakeUpload& upload) const {
  if (request.parts.empty()) throw refused("MalformedXML", "no parts are named");
  std::int32_t before = 0;
  for (const CompletePart& named : request.parts) {
    if (named.number.value() <= before) throw refused("InvalidPartOrder", "parts are not ascending");
    before = named.number.value();
    const auto found = upload.parts.find(named.number);
    if (found == upload.parts.end() || found->second.etag != named.etag) throw invalid_part(named.number);
    const FakePart& part = found->second;
    if (profile_.fresh_part_is_invalid_for > Millis{0} &&
        clock_.now() - part.stored_at < profile_.fresh_part_is_invalid_for) {
      throw invalid_part(named.number);
    }
    const auto size = static_cast<std::int64_t>(part.bytes.size());
    if (size != named.size || (named.crc32c && *named.crc32c != crc32c_of(part.bytes)))
      throw invalid_part(named.number);
    const bool last = &named == &request.parts.back();
    if (!last && size < profile_.part_bytes_min)
      throw refused("EntityTooSmall", "part " + std::to_string(before) + " is below the minimum");
    const std::int64_t first_size = request.parts.front().size;
    if (profile_.equal_parts && (last ? size > first_size : size != first_size))
      throw invalid_part(named.number);
  }
}

}  // namespace longshore::fakes
