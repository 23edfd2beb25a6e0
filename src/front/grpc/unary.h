#pragma once

#include <cstdint>

#include <google/protobuf/message_lite.h>

#include "front/grpc/call.h"
#include "front/grpc/message_room.h"

namespace longshore::grpc {

/// What requests are at most, but for those that carry bytes; as over HTTP.
inline constexpr std::int64_t kRequestBytesMax = 64 * 1024;

/// Messages up to this length are held in small memory, where there is some.
inline constexpr std::int64_t kSmallMessageBytes = 16 * 1024;

/// Memory for a message of `bytes` of which `copies` are made, at most BufferPool::reservable_bytes() in all.
/// A small one that finds no small memory, and any other, waits for its turn at buffers: behind what its own
/// client has, so that no client has all, then behind others. Throws Error rate_limited (its client gave
/// nothing back in time); busy (nobody did); both say what to do instead. body_cut_off (the call ended).
Task<MessageRoom> room_for(Call& call, std::int64_t bytes, std::int64_t copies);

/// The one message of a request, whole, and its end. Throws Error as MessageReader and room_for();
/// payload_too_large.
Task<void> read_request(Call& call, google::protobuf::MessageLite& message, std::int64_t bytes_max);

/// A call with one message each way.
template <class Request, class Response, Task<Response> (*serve)(Call&, Request)>
Task<void> unary(Call& call) {
  Request request;
  co_await read_request(call, request, kRequestBytesMax);
  const Response response = co_await serve(call, std::move(request));
  co_await call.send(response);
}

}  // namespace longshore::grpc
