#include "front/grpc/unary.h"

#include <algorithm>
#include <string>

#include "front/grpc/chunk_decoder.h"
#include "front/grpc/message_reader.h"
#include "net/race.h"

namespace longshore::grpc {
namespace {

/// The bytes, the message made of them, and two more of it while its fingerprint is taken.
constexpr std::int64_t kCopies = 4;

struct Turn {
  bool of_client = false;  // no other message of its client is in the way
  BufferPool::Reservation room;
};

Task<void> wait_for_turn(Call& call, std::int64_t bytes, Turn& turn) {
  const GrpcContext& context = call.context();
  co_await call.memory().wait_to_reserve(bytes);
  turn.of_client = true;
  turn.room = co_await context.ports.buffers.reserve(bytes);
}

/// Who is not there any more takes no memory from those who are.
Task<void> wait_while_open(Call& call, std::int64_t bytes, Turn& turn) {
  if (!co_await ends_before(wait_for_turn(call, bytes, turn), call.over()))
    throw Error{Reason::body_cut_off, "the call ended while it waited for memory; nothing was stored"};
}

}  // namespace

Task<MessageRoom> room_for(Call& call, std::int64_t bytes, std::int64_t copies) {
  const std::int64_t all = bytes * copies;
  if (bytes <= kSmallMessageBytes && call.memory().try_hold_message(all, call.asker()))
    co_return MessageRoom(static_cast<std::size_t>(bytes));
  const GrpcContext& context = call.context();
  Turn turn;
  const bool in_time = co_await ends_within(context.ports.timers, context.config.idle_timeout,
                                            wait_while_open(call, all, turn));
  if (!turn.of_client) call.memory().will_reserve(all);
  if (!in_time || !turn.room)
    throw Error{Reason::busy, "the memory for messages is used up; try again, or use UploadChunkStream"};
  co_return MessageRoom(std::move(turn.room));
}

Task<void> read_request(Call& call, google::protobuf::MessageLite& message, std::int64_t bytes_max) {
  MessageReader reader(call.inbox());
  const auto length = co_await reader.next_length();
  if (!length) throw Error{Reason::invalid_request, "the request has no message"};
  const std::int64_t most = std::min(bytes_max, call.context().ports.buffers.reservable_bytes() / kCopies);
  if (*length > most) {
    throw Error{Reason::payload_too_large,
                "the message is larger than " + std::to_string(most) +
                    " bytes; larger objects are sent in chunks, by UploadChunkStream",
                {.limit = most}};
  }
  if (*length + static_cast<std::int64_t>(kPrefixBytes) <= Http2Session::kFirstWindowBytes) {
    co_await reader.read(message, *length);
  } else {
    MessageRoom room = co_await room_for(call, *length, kCopies);
    co_await reader.read_held(message, *length, std::move(room));
  }
  co_await call.inbox().expect_end();
}

}  // namespace longshore::grpc
