#include <utility>

#include "longshore/v1/longshore.pb.h"

#include "front/common/checks.h"
#include "front/common/decode.h"
#include "front/common/encode.h"
#include "front/http/exchange.h"
#include "front/http/handlers.h"
#include "wire/json.h"

namespace longshore::http {
namespace {

constexpr std::size_t kJsonBytesMax = 64 * 1024;
constexpr std::size_t kInitiateBytesMax = 1536 * 1024;  // with a payload of a MiB in base64

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
  const v1::InitiateUploadResponse answer = co_await exchange.public_calls().initiate_upload(
      exchange.caller(), std::move(message));
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
  message.set_upload_id(exchange.parameter("upload_id"));
  const v1::CancelUploadResponse answer = co_await exchange.public_calls().cancel_upload(exchange.caller(),
                                                                                         std::move(message));
  co_await exchange.send_json(200, answer);
}

Task<void> get_upload(Exchange& exchange) {
  v1::GetUploadStatusRequest message;
  message.set_upload_id(exchange.parameter("upload_id"));
  const v1::UploadStatus status = co_await exchange.public_calls().upload_status(std::move(message));
  co_await exchange.send_json(200, status);
}

Task<void> list_uploads(Exchange& exchange) {
  v1::ListUploadsRequest message;
  exchange.read_query(message);
  const v1::ListUploadsResponse answer = co_await exchange.public_calls().list_uploads(std::move(message));
  co_await exchange.send_json(200, answer);
}

Task<void> get_limits(Exchange& exchange) {
  v1::GetUploadLimitsRequest message;
  exchange.read_query(message);
  co_await exchange.send_json(200, exchange.public_calls().upload_limits(message));
}

}  // namespace longshore::http
