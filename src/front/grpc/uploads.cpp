#include <utility>

#include "longshore/v1/longshore.pb.h"

#include "front/common/decode.h"
#include "front/common/encode.h"
#include "front/common/public_calls.h"
#include "front/grpc/call.h"
#include "front/grpc/handlers.h"
#include "front/grpc/unary.h"
#include "net/race.h"

namespace longshore::grpc {
namespace {

constexpr Millis kLook = std::chrono::seconds{1};  // how soon a client's leaving, or a drain, is noticed
constexpr Millis kRound = std::chrono::seconds{15};

/// Missing chunks are no error in this answer, whatever makes them missing.
v1::CompleteUploadResponse missing_chunks(const UploadRef& ref, const Error& error) {
  CompleteAnswer answer;
  answer.upload = ref.upload.empty() ? UploadId{ref.node.str()} : ref.upload;
  answer.missing = error.details().missing_chunks;
  return to_complete_response(answer);
}

Task<void> next_view(Call& call, UploadRef ref, Millis patience, UploadView& view) {
  view = co_await call.coordinator().progress(std::move(ref), view, patience);
}

/// False: the client has left, or a drain has let all calls finish, and nothing will change any more.
Task<bool> has_reason_to_wait(Call& call) {
  const bool over = call.is_draining() && call.context().calls == 0;
  co_return !over && call.is_open();
}

}  // namespace

Task<void> initiate_upload(Call& call) {
  v1::InitiateUploadRequest message;
  co_await read_request(call, message, call.context().message_bytes_max);
  const auto answer = co_await call.context().public_calls.initiate_upload(call.caller(), std::move(message));
  co_await call.send(answer);
}

Task<void> complete_upload(Call& call) {
  v1::CompleteUploadRequest message;
  co_await read_request(call, message, kRequestBytesMax);
  CompleteRequest request = to_request(message);
  const UploadRef ref = request.ref;
  v1::CompleteUploadResponse answer;
  try {
    answer = to_complete_response(co_await call.coordinator().complete(call.caller(), std::move(request)));
  } catch (const Error& error) {
    if (error.reason() != Reason::checksum_unknown) throw;
    answer = missing_chunks(ref, error);
  }
  co_await call.send(answer);
}

Task<void> stream_upload_progress(Call& call) {
  v1::StreamUploadProgressRequest message;
  co_await read_request(call, message, kRequestBytesMax);
  const UploadRef ref = to_upload_ref(message.node_id(), message.upload_id());
  UploadView view = co_await call.coordinator().status(ref);
  call.becomes_watcher();
  std::string told = to_status(view).SerializeAsString();
  co_await call.send(to_status(view));
  bool goes_on = true;
  while (goes_on && !has_ended(view.operation.state)) {
    goes_on = co_await with_heartbeat(
        call.context().ports.timers, kLook, [&call] { return has_reason_to_wait(call); },
        next_view(call, ref, kRound, view));
    if (!call.is_open()) co_return;
    if (!goes_on) co_await next_view(call, ref, Millis{0}, view);  // what the drain let finish
    const v1::UploadStatus status = to_status(view);
    std::string now = status.SerializeAsString();
    if (now != std::exchange(told, now)) co_await call.send(status);
  }
  if (!has_ended(view.operation.state))
    throw Error{Reason::draining, "this server is going down; watch on another one"};
}

}  // namespace longshore::grpc
