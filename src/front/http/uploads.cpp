#include <utility>

#include "longshore/v1/longshore.pb.h"

#include "front/common/checks.h"
#include "front/common/decode.h"
#include "front/common/encode.h"
#include "front/common/memory_body.h"
#include "front/http/exchange.h"
#include "front/http/handlers.h"
#include "wire/json.h"

namespace longshore::http {
namespace {

constexpr std::size_t kJsonBytesMax = 64 * 1024;
constexpr std::size_t kInitiateBytesMax = 1536 * 1024;  // with a payload of a MiB in base64

UploadRef ref_of(const Exchange& exchange) { return to_upload_ref("", exchange.parameter("upload_id")); }

/// "key" and key are the same: RFC drafts quote it, most clients do not.
std::string unquoted(std::string_view value) {
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
    value = value.substr(1, value.size() - 2);
  return std::string(value);
}

void take_idempotency_key(const RequestHead& head, v1::InitiateUploadRequest& message) {
  const std::string* field = head.find("idempotency-key");
  if (field == nullptr) return;
  const std::string key = checks::idempotency_key("Idempotency-Key", unquoted(*field));
  if (key.empty()) throw invalid_field("Idempotency-Key", "Idempotency-Key must not be empty");
  if (!message.idempotency_key().empty() && message.idempotency_key() != key) {
    throw invalid_field("idempotency_key",
                        "idempotency_key and the Idempotency-Key field differ; give one of the two");
  }
  message.set_idempotency_key(key);
}

v1::UploadLimits limits_for(const Exchange& exchange, const StoreLimits& limits,
                            const Expectation& expected) {
  return to_limits(limits, exchange.coordinator().policy(), expected.size,
                   exchange.context().config.unary_message_max);
}

Task<v1::InitiateUploadResponse> store_payload(Exchange& exchange, InitiateRequest request,
                                               std::string payload) {
  const StoreLimits limits = exchange.coordinator().drive(request.drive).limits;
  PutWholeRequest whole;
  whole.initiate = std::move(request);
  MemoryBody body(std::move(payload));
  const PutWholeAnswer answer = co_await exchange.coordinator().put_object(exchange.caller(),
                                                                           std::move(whole), body);
  co_return to_initiated(answer, limits_for(exchange, limits, answer.operation.expected));
}

Task<v1::InitiateUploadResponse> open_upload(Exchange& exchange, InitiateRequest request) {
  const UploadView view = co_await exchange.coordinator().initiate(exchange.caller(), std::move(request));
  co_return to_initiated(view, limits_for(exchange, view.limits, view.operation.expected));
}

/// The path says which upload is meant; a body that names one must name the same.
void take_upload_id(const Exchange& exchange, v1::CompleteUploadRequest& message) {
  const std::string& meant = exchange.parameter("upload_id");
  if (!message.upload_id().empty() && message.upload_id() != meant) {
    throw invalid_field("upload_id", "upload_id in the body is not the one in the path; leave it out");
  }
  message.set_upload_id(meant);
}

}  // namespace

Task<void> initiate_upload(Exchange& exchange) {
  v1::InitiateUploadRequest message;
  const BufferPool::Reservation room = co_await exchange.read_json(message, kInitiateBytesMax);
  take_idempotency_key(exchange.head(), message);
  InitiateRequest request = to_request(message);
  std::string payload = std::move(*message.mutable_payload());

  v1::InitiateUploadResponse answer;
  if (payload.empty()) {
    answer = co_await open_upload(exchange, std::move(request));
  } else {
    answer = co_await store_payload(exchange, std::move(request), std::move(payload));
  }
  Response response = json_response(201, write_json(answer));
  response.fields.push_back({"Location", exchange.url("/v1/uploads/" + answer.upload_id())});
  co_await exchange.send(std::move(response));
}

Task<void> complete_upload(Exchange& exchange) {
  v1::CompleteUploadRequest message;
  const BufferPool::Reservation room = co_await exchange.read_json(message, kJsonBytesMax);
  take_upload_id(exchange, message);
  CompleteRequest request = to_request(message);
  const CompleteAnswer answer = co_await exchange.coordinator().complete(exchange.caller(),
                                                                         std::move(request));
  if (answer.state == OperationState::open) {
    throw Error{Reason::missing_chunks,
                "chunks are missing; send them, then complete again",
                {.missing_chunks = answer.missing}};
  }
  const int status = answer.state == OperationState::completing ? 202 : 200;
  co_await exchange.send_json(status, to_complete_response(answer));
}

Task<void> cancel_upload(Exchange& exchange) {
  v1::CancelUploadRequest message;
  exchange.read_query(message);
  UploadRef ref = ref_of(exchange);
  std::string reason = to_reason(message.reason());
  const UploadView view = co_await exchange.coordinator().cancel(exchange.caller(), std::move(ref),
                                                                 std::move(reason));
  co_await exchange.send_json(200, to_cancel_response(view));
}

Task<void> get_upload(Exchange& exchange) {
  const UploadView view = co_await exchange.coordinator().status(ref_of(exchange));
  co_await exchange.send_json(200, to_status(view));
}

Task<void> list_uploads(Exchange& exchange) {
  v1::ListUploadsRequest message;
  exchange.read_query(message);
  const UploadListing listing = co_await exchange.coordinator().list_uploads(to_query(message));
  v1::ListUploadsResponse answer;
  for (const UploadRow& row : listing.uploads) *answer.add_uploads() = to_status(row);
  answer.set_next_page_token(listing.next_page_token);
  co_await exchange.send_json(200, answer);
}

Task<void> get_limits(Exchange& exchange) {
  v1::GetUploadLimitsRequest message;
  exchange.read_query(message);
  const LimitsQuestion question = to_question(message);
  const Drive& drive = exchange.coordinator().drive(question.drive);
  co_await exchange.send_json(200, limits_for(exchange, drive.limits, {.size = question.expected_size}));
}

}  // namespace longshore::http
