#include "s3/s3_store.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "s3/completion.h"
#include "s3/incoming_body.h"
#include "s3/lists.h"

namespace longshore::s3 {
namespace {

// S3 "Amazon S3 multipart upload limits".
constexpr std::int32_t kPartNumberMax = 10'000;

Error refused(const char* code, const std::string& message) {
  return {Reason::store_refused, message, {.store_code = code}, Outcome::refused};
}

bool has_code(const Error& error, std::initializer_list<std::string_view> codes) {
  return std::ranges::find(codes, error.details().store_code) != codes.end();
}

std::optional<std::int64_t> number_in(const std::string& text) {
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stop != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

ETag etag_in(const Reply& reply, const char* call) {
  ETag etag = etag_of(reply.field("etag"));
  if (etag.empty()) {
    throw unavailable(Reason::store_unavailable,
                      std::string("the store answers ") + call + " with success and no ETag",
                      Outcome::unknown);
  }
  return etag;
}

std::optional<std::uint32_t> crc32c_in(const Reply& reply) {
  return crc32c_of(reply.field(header_name(ChecksumAlgorithm::crc32c)));
}

ObjectInfo info_of(const Reply& reply) {
  const auto size = number_in(reply.field("content-length"));
  if (!size) {
    throw unavailable(Reason::store_unavailable, "the store does not tell the object's size",
                      Outcome::unknown);
  }
  ObjectInfo info{.object = {.size = *size,
                             .etag = etag_in(reply, "HeadObject"),
                             .version_id = version_of(reply.field("x-amz-version-id")),
                             .crc32c = crc32c_in(reply)},
                  .headers = headers_of(reply.http.fields()),
                  .token = UploadToken(),
                  .composite = composite_of(reply.field(header_name(ChecksumAlgorithm::crc32c)))};
  const auto token = info.headers.user_metadata.find(kUploadTokenMetadata);
  if (token != info.headers.user_metadata.end()) info.token = UploadToken(token->second);
  return info;
}

std::optional<ChecksumAlgorithm> trailer_of(const Call& call, const ChecksumPlan& plan) {
  if (call.payload != Payload::streamed_trailer) return std::nullopt;
  return plan.algorithm;
}

// The store has verified what was sent; its answer tells what it has verified.
bool is_verified(const Reply& reply, const OutgoingBody& sent) {
  const std::string stored = reply.field(header_name(sent.checksum().algorithm()));
  return stored.empty() || is_composite(stored) || stored == sent.checksum().base64();
}

}  // namespace

S3Store::S3Store(S3Options options, ClientTools tools, StoreFindings& findings, Metrics& metrics)
    : options_(std::move(options)),
      clock_(tools.clock),
      client_(options_.place, options_.client, tools),
      knowledge_(options_, client_, tools, findings, metrics) {}

Capabilities S3Store::capabilities() const {
  const Profile& profile = knowledge_.profile();
  return {.complete_twice_harmless = profile.complete_twice_harmless,
          .lists_uploads = profile.lists_uploads,
          .resends_bodies = true,
          .bucket = options_.place.bucket(),
          .unfinished_lifetime = options_.unfinished_lifetime ? options_.unfinished_lifetime
                                                              : profile.unfinished_lifetime,
          .completion_deadline = options_.completion_deadline};
}

Task<std::string> S3Store::find_out() {
  const ChecksumPlan plan = co_await knowledge_.checksum_plan();
  co_return "profile " + std::string(knowledge_.profile().name) + ", checksums " + describe(plan);
}

Task<std::optional<Millis>> S3Store::clock_difference() {
  const Reply reply = co_await client_.send(list_objects_call(ObjectKey(kProbePrefix)));
  const auto date = parse_http_date(reply.field("date"));
  if (!date) co_return std::nullopt;
  co_return *date - clock_.now();
}

// ---- uploads

Task<StoreUploadId> S3Store::create_upload(CreateUpload request) {
  const ChecksumPlan plan = co_await knowledge_.checksum_plan();
  const Reply reply = co_await client_.send(create_upload_call(request, plan));
  co_return StoreUploadId(created_upload(reply.text).id(), text_of(plan));
}

/// The plan that it was created on. One that names none is older than the terms: it was created on what this
/// store takes.
Task<ChecksumPlan> S3Store::terms_of(StoreUploadId upload) {
  if (upload.terms().empty()) co_return co_await knowledge_.checksum_plan();
  const auto plan = plan_of(upload.terms());
  if (!plan) {
    throw unavailable(Reason::store_unavailable,
                      "the upload was begun on terms that this release does not know", Outcome::retry);
  }
  co_return *plan;
}

Task<StoredPart> S3Store::put_part(PutPart request, BodySource& body) {
  if (request.number.value() < 1 || request.number.value() > kPartNumberMax)
    throw refused("InvalidArgument", "part numbers are 1 to 10,000");
  const ChecksumPlan plan = co_await terms_of(request.upload);
  const Call call = put_part_call(request, plan);
  OutgoingBody sent(body, request.size, trailer_of(call, plan));
  const Reply reply = co_await client_.send(call, &sent);
  if (!is_verified(reply, sent)) {
    throw unavailable(Reason::store_unavailable,
                      "the store's checksum of the part is not ours: send it again", Outcome::unknown);
  }
  co_return StoredPart{.etag = etag_in(reply, call.name)};
}

Task<StoredObject> S3Store::complete_upload(CompleteUpload request) {
  const ChecksumPlan plan = co_await terms_of(request.upload);
  co_return co_await complete(client_, std::move(request), plan);
}

Task<void> S3Store::abort_upload(ObjectKey key, StoreUploadId upload) {
  co_await client_.send(abort_upload_call(key, upload));
}

Task<std::vector<ListedPart>> S3Store::list_parts(ObjectKey key, StoreUploadId upload) {
  std::vector<ListedPart> parts;
  for (PartEntry& entry : co_await s3::list_parts(client_, key, upload))
    parts.push_back(std::move(entry.part));
  co_return parts;
}

Task<std::vector<StoreUploadId>> S3Store::list_uploads(ObjectKey key) {
  co_return co_await s3::list_uploads(client_, key);
}

// ---- objects

Task<StoredObject> S3Store::put_object(PutObject request, BodySource& body) {
  const ChecksumPlan plan = co_await knowledge_.checksum_plan();
  const Call call = put_object_call(request, plan);
  OutgoingBody sent(body, request.size, trailer_of(call, plan));
  const Reply reply = co_await client_.send(call, &sent);
  if (!is_verified(reply, sent)) {
    throw Error(Reason::integrity, "the store's checksum of the object is not ours",
                {.store_code = "BadDigest"}, Outcome::refused);
  }
  co_return StoredObject{.size = request.size,
                         .etag = etag_in(reply, call.name),
                         .version_id = version_of(reply.field("x-amz-version-id")),
                         .crc32c = crc32c_in(reply)};
}

Task<std::optional<ObjectInfo>> S3Store::head(ObjectKey key) {
  const ChecksumPlan plan = co_await knowledge_.checksum_plan();
  std::optional<Error> failure;
  try {
    const Reply reply = co_await client_.send(head_call(key, plan));
    co_return info_of(reply);
  } catch (const Error& error) {
    failure = error;
  }
  // The answer to a HEAD has no body, so no code: whose 404 is it, and what is it that 400 refuses?
  if (!has_code(*failure, {"400", "403", "404"})) throw *failure;
  co_return co_await look_closer(key, *failure);
}

Task<std::optional<ObjectInfo>> S3Store::look_closer(ObjectKey key, Error why) {
  std::optional<Error> failure;
  try {
    co_await client_.open(get_call(key, "", ByteRange{0, 0}), HttpPace::quick);
  } catch (const Error& error) {
    failure = error;
  }
  if (failure && failure->outcome() == Outcome::absent) co_return std::nullopt;
  if (!failure || has_code(*failure, {"InvalidRange", "416"})) {  // it has come meanwhile; or is empty
    const Reply reply = co_await client_.send(head_call(key, {}));
    co_return info_of(reply);
  }
  // A customer's key is needed to read it, even to read its metadata; a list shows that it is there.
  if (!has_code(*failure, {"InvalidRequest"})) throw *failure;
  const auto listed = co_await list_object(client_, key);
  if (!listed) throw why;
  co_return ObjectInfo{
      .object = {.size = listed->size, .etag = listed->etag}, .headers = {}, .token = std::nullopt};
}

Task<std::unique_ptr<BodySource>> S3Store::get(ObjectKey key, std::string version_id,
                                               std::optional<ByteRange> range) {
  if (range && (range->first < 0 || range->last < range->first))
    throw refused("InvalidRange", "the range does not lie inside of the object");
  std::optional<Error> failure;
  try {
    Reply reply = co_await client_.open(get_call(key, version_id, range), HttpPace::slow);
    if (range && !brings(reply, *range))
      throw refused("InvalidRange", "the range does not lie inside of the object");
    const auto length = number_in(reply.field("content-length"));
    IncomingBody::Origin origin{.key = key, .version_id = version_id, .first = range ? range->first : 0};
    co_return std::make_unique<IncomingBody>(client_, std::move(reply), std::move(origin), length);
  } catch (const Error& error) {
    failure = error;
  }
  // A text that cannot be a version's id is no version's id.
  if (!version_id.empty() && has_code(*failure, {"InvalidArgument"}))
    throw Error(failure->reason(), failure->message(), failure->details(), Outcome::absent);
  throw *failure;
}

bool S3Store::may_have_versions() const { return has_versions_ && knowledge_.profile().lists_versions; }

Task<void> S3Store::delete_object(ObjectKey key) {
  std::vector<std::string> versions{""};
  if (may_have_versions()) {
    try {
      versions = co_await list_versions(client_, key);
    } catch (const Error& error) {
      if (!has_code(error, {"NotImplemented", "501", "MethodNotAllowed", "405"})) throw;
      has_versions_ = false;
    }
  }
  for (const std::string& version : versions) {
    try {
      co_await client_.send(delete_call(key, version));
    } catch (const Error& error) {
      if (error.outcome() != Outcome::absent) throw;
    }
  }
}

}  // namespace longshore::s3
