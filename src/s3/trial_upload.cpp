#include "s3/trial_upload.h"

#include <string_view>
#include <utility>

#include "s3/lists.h"
#include "s3/text_source.h"

namespace longshore::s3 {
namespace {

constexpr std::string_view kText = "Longshore asks what this store can do.";

Task<void> try_to(Client& client, Call call) {
  try {
    co_await client.send(std::move(call));
  } catch (const Error&) {
  }
}

}  // namespace

Task<std::string> TrialUpload::create() {
  const Call call = create_upload_call({.key = key_, .headers = {.content_type = "text/plain"}}, plan_);
  created_ = Created::perhaps;  // also where this is cancelled
  try {
    const Reply reply = co_await client_.send(call);
    upload_ = created_upload(reply.text);
    created_ = Created::yes;
    co_return reply.field("server");
  } catch (const Error& error) {
    if (error.outcome() != Outcome::unknown) created_ = Created::no;
    throw;
  }
}

Task<bool> TrialUpload::finish() {
  Crc32c crc;
  crc.update(as_bytes(kText));
  RunningChecksum expected(plan_.algorithm);
  expected.update(as_bytes(kText));
  PutPart part{.key = key_, .upload = upload_, .number = PartNumber{1}, .size = std::ssize(kText)};
  if (!plan_.declared()) part.crc32c = crc.value();
  const Call put = put_part_call(part, plan_);
  TextSource text(kText);
  const bool trailer = put.payload == Payload::streamed_trailer;
  OutgoingBody body(text, part.size, trailer ? std::optional(plan_.algorithm) : std::nullopt);
  const Reply stored = co_await client_.send(put, &body);
  if (stored.field(header_name(plan_.algorithm)) != expected.base64()) co_return false;

  const Call complete = complete_upload_call({.key = key_,
                                              .upload = upload_,
                                              .parts = {{.number = part.number,
                                                         .etag = etag_of(stored.field("etag")),
                                                         .size = part.size,
                                                         .crc32c = crc.value()}},
                                              .crc32c = crc.value()},
                                             plan_, plan_.way == ChecksumWay::full ? expected.base64() : "");
  const Reply completed = co_await client_.send(complete);
  upload_ = {};
  version_ = completed.field("x-amz-version-id");
  const std::string shown = completed_upload(completed.text).checksum(plan_.algorithm);
  switch (plan_.way) {
    case ChecksumWay::full:
      co_return shown == expected.base64();
    case ChecksumWay::composite:
      co_return shown.ends_with("-1");
    case ChecksumWay::header:
    case ChecksumWay::none:
      break;
  }
  co_return true;
}

Task<void> TrialUpload::clean_up() {
  if (created_ != Created::yes) co_return;
  if (!upload_.empty()) co_await try_to(client_, abort_upload_call(key_, upload_));
  co_await try_to(client_, delete_call(key_, version_));
}

Task<void> abort_all_uploads(Client& client, ObjectKey key) {
  std::vector<StoreUploadId> uploads;
  try {
    uploads = co_await list_uploads(client, key);
  } catch (const Error&) {
  }
  for (const StoreUploadId& upload : uploads) co_await try_to(client, abort_upload_call(key, upload));
}

}  // namespace longshore::s3
