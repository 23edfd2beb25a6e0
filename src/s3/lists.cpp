#include "s3/lists.h"

#include <charconv>

namespace longshore::s3 {
namespace {

// S3 "Amazon S3 multipart upload limits". With pages of one part each, still a bound.
constexpr std::int32_t kPartNumberMax = 10'000;

// Of one key's uploads or versions: we make a handful of each.
constexpr int kPagesMax = 1'000;

Error endless() {
  return unavailable(Reason::store_unavailable, "the store's list does not come to its end",
                     Outcome::unknown);
}

// A marker that is no number of a part stays where it is.
std::int32_t number_of(const std::string& marker) {
  std::int32_t number = 0;
  std::from_chars(marker.data(), marker.data() + marker.size(), number);
  return number;
}

}  // namespace

Task<std::vector<PartEntry>> list_parts(Client& client, ObjectKey key, StoreUploadId upload) {
  std::vector<PartEntry> parts;
  std::string marker;
  do {
    const Reply reply = co_await client.send(list_parts_call(key, upload, marker));
    PartsPage page = parts_page(reply.text);
    for (PartEntry& entry : page.parts) {
      if (!parts.empty() && entry.part.number <= parts.back().part.number) throw endless();
      parts.push_back(std::move(entry));
    }
    const std::int32_t next = number_of(page.next);
    if (!page.next.empty() && (next <= number_of(marker) || next > kPartNumberMax)) throw endless();
    marker = std::move(page.next);
  } while (!marker.empty());
  co_return parts;
}

// The exact key comes before all others that begin with it, so the first other one ends the list.
Task<std::vector<StoreUploadId>> list_uploads(Client& client, ObjectKey key) {
  std::vector<StoreUploadId> uploads;
  UploadsMarker marker;
  for (int pages = 0; pages < kPagesMax; ++pages) {
    const Reply reply = co_await client.send(list_uploads_call(key, marker));
    UploadsPage page = uploads_page(reply.text);
    for (ListedUpload& listed : page.uploads) {
      if (listed.key == key) uploads.push_back(std::move(listed.upload));
    }
    if (!page.next || page.next->key != key.str()) co_return uploads;
    if (*page.next == marker) break;
    marker = std::move(*page.next);
  }
  throw endless();
}

Task<std::vector<std::string>> list_versions(Client& client, ObjectKey key) {
  std::vector<std::string> versions;
  VersionsMarker marker;
  for (int pages = 0; pages < kPagesMax; ++pages) {
    const Reply reply = co_await client.send(list_versions_call(key, marker));
    VersionsPage page = versions_page(reply.text);
    for (ListedVersion& listed : page.versions) {
      if (listed.key == key) versions.push_back(std::move(listed.version_id));
    }
    if (!page.next || page.next->key != key.str()) co_return versions;
    if (*page.next == marker) break;
    marker = std::move(*page.next);
  }
  throw endless();
}

Task<std::optional<ListedObject>> list_object(Client& client, ObjectKey key) {
  const Reply reply = co_await client.send(list_objects_call(key));
  for (ListedObject& listed : listed_objects(reply.text)) {
    if (listed.key == key) co_return std::move(listed);
  }
  co_return std::nullopt;
}

}  // namespace longshore::s3
