#include "s3/completion.h"

#include <algorithm>
#include <utility>

#include "s3/lists.h"

namespace longshore::s3 {
namespace {

Error refused(const char* code, const std::string& message) {
  return {Reason::store_refused, message, {.store_code = code}, Outcome::refused};
}

Error not_ours(const std::string& message, Outcome outcome) {
  return {Reason::integrity, message, {.store_code = "BadDigest"}, outcome};
}

// Some stores take a part that is named twice, and make an object with one of its own.
void check_list(const CompleteUpload& request) {
  if (request.parts.empty()) throw refused("MalformedXML", "an object is made of at least one part");
  const auto descends = [](const CompletePart& a, const CompletePart& b) { return a.number >= b.number; };
  if (std::ranges::adjacent_find(request.parts, descends) != request.parts.end())
    throw refused("InvalidPartOrder", "parts are named in ascending order, each once");
  const auto known = whole_crc32c(request.parts);
  if (request.crc32c && known && *known != *request.crc32c)
    throw not_ours("the checksum of the parts together is not the one of the whole", Outcome::refused);
}

// A list that fails leaves no doubt about the completion: that was not sent.
Task<std::vector<PartEntry>> list_before(Client& client, const CompleteUpload& request) {
  std::optional<Error> failure;
  try {
    co_return co_await list_parts(client, request.key, request.upload);
  } catch (const Error& error) {
    failure = error;
  }
  if (failure->outcome() != Outcome::unknown) throw *failure;
  throw Error(failure->reason(), failure->message(), failure->details(), Outcome::retry);
}

// Receipts hold no CRC64NVME. What the store lists of a part is what it has answered when the part was put,
// and that was compared with the bytes; where the answer was lost it is the store's word alone.
Task<std::string> whole_crc64nvme(Client& client, const CompleteUpload& request) {
  const std::vector<PartEntry> listed = co_await list_before(client, request);
  std::uint64_t whole = 0;
  auto entry = listed.begin();
  for (const CompletePart& part : request.parts) {
    entry = std::ranges::lower_bound(entry, listed.end(), part.number, {},
                                     [](const PartEntry& e) { return e.part.number; });
    const bool is_it = entry != listed.end() && entry->part.number == part.number &&
                       entry->part.etag == part.etag && entry->crc64nvme;
    if (!is_it) co_return "";
    whole = crc64nvme_combine(whole, *entry->crc64nvme, static_cast<std::uint64_t>(part.size));
  }
  co_return crc64nvme_to_base64(whole);
}

Task<std::string> checksum_of_whole(Client& client, const CompleteUpload& request, const ChecksumPlan& plan) {
  if (plan.way != ChecksumWay::full) co_return "";
  if (plan.algorithm == ChecksumAlgorithm::crc64nvme) co_return co_await whole_crc64nvme(client, request);
  const auto crc = request.crc32c ? request.crc32c : whole_crc32c(request.parts);
  co_return crc ? crc32c_to_base64(*crc) : "";
}

// A CRC32C of the bytes goes to the caller, who knows more; all else is compared here.
StoredObject object_of(const CompleteUpload& request, const Reply& reply, const std::string& crc64nvme) {
  const CompletedAnswer answer = completed_upload(reply.text);
  StoredObject object{.etag = answer.etag,
                      .version_id = version_of(reply.field("x-amz-version-id")),
                      .crc32c = crc32c_of(answer.crc32c)};
  for (const CompletePart& part : request.parts) object.size += part.size;
  const auto composite = composite_crc32c(request.parts);
  const auto shown = composite_of(answer.crc32c);
  if (shown && composite && *shown != *composite)
    throw not_ours("the store's checksum of the parts is not ours", Outcome::unknown);
  const bool is_told = !crc64nvme.empty() && !answer.crc64nvme.empty() && !is_composite(answer.crc64nvme);
  if (is_told && answer.crc64nvme != crc64nvme)
    throw not_ours("the store's checksum of the whole is not ours", Outcome::unknown);
  return object;
}

}  // namespace

Task<StoredObject> complete(Client& client, CompleteUpload request, ChecksumPlan plan) {
  check_list(request);
  const std::string whole = co_await checksum_of_whole(client, request, plan);
  const bool is_crc64nvme = plan.algorithm == ChecksumAlgorithm::crc64nvme;
  std::optional<Error> failure;
  try {
    const Reply reply = co_await client.send(complete_upload_call(request, plan, whole));
    co_return object_of(request, reply, is_crc64nvme ? whole : "");
  } catch (const Error& error) {
    failure = error;
  }
  // Of a completion it is not the way there that spoilt something.
  const std::string& code = failure->details().store_code;
  const bool is_digest = code == "BadDigest" || code == "XAmzContentChecksumMismatch";
  if (is_digest && failure->reason() != Reason::integrity)
    throw not_ours(failure->message(), Outcome::refused);
  throw *failure;
}

}  // namespace longshore::s3
