#include "front/http/json_body.h"

#include <utility>

#include "net/race.h"

namespace longshore::http {
namespace {

constexpr std::size_t kSmallBytes = 64 * 1024;  // most requests are below it
/// The text, the message, and the payload's copy on its way to the store.
constexpr std::int64_t kCopies = 3;

Task<void> reserve(BufferPool& pool, std::int64_t bytes, BufferPool::Reservation& room) {
  room = co_await pool.reserve(bytes);
  if (!room)
    throw Error{Reason::busy, "the server's memory budget is too small for this body; send it in chunks"};
}

Task<void> make_room(const FrontContext& context, std::int64_t bytes, BufferPool::Reservation& room) {
  const bool in_time = co_await ends_within(context.ports.timers, context.config.json_memory_wait,
                                            reserve(context.ports.buffers, bytes, room));
  if (!in_time) throw Error{Reason::busy, "the server's memory is in use; try again soon"};
}

Task<void> receive(const FrontContext& context, RequestBody& body, RequestMemory& memory,
                   std::size_t bytes_max, JsonText& json) {
  const auto most = static_cast<std::int64_t>(bytes_max);
  const std::int64_t length_max = body.length().value_or(most);
  const Error too_large{Reason::payload_too_large,
                        "the JSON body is larger than " + std::to_string(bytes_max) + " bytes"};
  if (length_max > most) throw too_large;
  for (;;) {
    if (json.text.size() == kSmallBytes && !body.at_end()) {
      body.release();  // who holds a buffer must not wait for a reservation
      memory.will_reserve(kCopies * length_max);
      co_await make_room(context, kCopies * length_max, json.room);
    }
    const ByteView piece = co_await body.next_up_to(
        json.text.size() < kSmallBytes ? kSmallBytes - json.text.size() : BufferPool::kBufferBytes);
    if (piece.empty()) co_return;
    if (piece.size() > bytes_max - json.text.size()) throw too_large;
    if (json.text.size() < kSmallBytes) memory.hold_small(std::ssize(piece));
    json.text += as_text(piece);
  }
}

}  // namespace

Task<JsonText> receive_json(const FrontContext& context, RequestBody& body, RequestMemory& memory,
                            std::size_t bytes_max) {
  JsonText json;
  const bool in_time = co_await ends_within(context.ports.timers, context.config.json_timeout,
                                            receive(context, body, memory, bytes_max, json));
  if (!in_time) throw Error{Reason::request_timeout, "the JSON body came too slowly"};
  co_return json;
}

}  // namespace longshore::http
