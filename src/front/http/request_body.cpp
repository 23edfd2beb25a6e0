#include "front/http/request_body.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace longshore::http {
namespace {

std::size_t take_from(ChunkFraming& chunks, std::string_view input) {
  try {
    return chunks.take(input);
  } catch (const ChunkFault& fault) {
    const bool too_much = fault.kind() == ChunkFault::Kind::too_much;
    throw Error{too_much ? Reason::payload_too_large : Reason::invalid_request, fault.what()};
  }
}

}  // namespace

using Read = Connection::Read;

RequestBody::RequestBody(Connection& connection, BufferPool& pool, const Framing& framing, Patience patience)
    : connection_(connection),
      pool_(pool),
      framing_(framing),
      patience_(patience),
      continue_owed_(framing.expects_continue) {}

std::optional<std::int64_t> RequestBody::length() const {
  if (framing_.body == BodyKind::chunked) return std::nullopt;
  return framing_.length;
}

std::int64_t RequestBody::data_left() const {
  return framing_.body == BodyKind::chunked ? chunks_.data_left() : framing_.length - received_;
}

bool RequestBody::at_end() const {
  if (failure_) return false;
  return framing_.body == BodyKind::chunked ? chunks_.done() : received_ == framing_.length;
}

bool RequestBody::rest_is_little() const {
  if (failure_ || continue_owed_)
    return false;  // who waits for 100 may send the body or not: the two cannot be told apart
  return at_end() || (framing_.body == BodyKind::length && data_left() <= kSkippedBytesMax);
}

Task<bool> RequestBody::skip_rest() {
  if (!rest_is_little()) co_return false;
  try {
    while (!at_end()) co_await next();
    co_return true;
  } catch (const Error&) {  // it has its answer already
    co_return false;
  }
}

Task<ByteView> RequestBody::next_up_to(std::size_t bytes_max) {
  if (failure_) std::rethrow_exception(failure_);
  try {
    if (continue_owed_) co_await say_continue();
    co_return co_await fill(bytes_max);
  } catch (const Error&) {
    failure_ = std::current_exception();
    throw;
  } catch (...) {  // cancelled, or nobody is left: whoever still pulls learns that the rest will not come
    failure_ = std::make_exception_ptr(cut_off());
    throw;
  }
}

Task<ByteView> RequestBody::fill(std::size_t bytes_max) {
  filled_ = 0;
  const auto ended = [this] {
    return framing_.body == BodyKind::chunked ? chunks_.done() : data_left() == 0;
  };
  while (!ended() && filled_ < bytes_max) {
    const bool more = data_left() == 0 ? co_await take_framing() : co_await move_data(bytes_max);
    if (!more) break;
  }
  if (filled_ == 0) {
    release();
    co_return ByteView{};
  }
  co_return buffer_.bytes().first(filled_);
}

/// One step through the framing of a chunked body. False: it would have to wait, but there is something to
/// give first.
Task<bool> RequestBody::take_framing() {
  const std::size_t taken = take_from(chunks_, connection_.ahead());
  connection_.consume(taken);
  if (taken > 0) co_return true;
  switch (connection_.try_read_ahead()) {
    case Read::some:
      co_return true;
    case Read::ended:
      throw cut_off();
    case Read::nothing_now:
      break;
  }
  if (filled_ > 0) co_return false;
  co_await wait_for_client();
  co_return true;
}

/// One step of moving data into the buffer. False: as above.
Task<bool> RequestBody::move_data(std::size_t bytes_max) {
  const std::string_view ahead = connection_.ahead();
  if (!ahead.empty() || buffer_) {
    if (!buffer_) buffer_ = co_await pool_.acquire();
    const auto wanted = static_cast<std::size_t>(
        std::min<std::int64_t>(data_left(), static_cast<std::int64_t>(bytes_max - filled_)));
    const MutableBytes room = buffer_.bytes().subspan(filled_, wanted);
    if (!ahead.empty()) {
      const std::size_t bytes = std::min(room.size(), ahead.size());
      std::ranges::copy(as_bytes(ahead.substr(0, bytes)), room.begin());
      connection_.consume(bytes);
      data_moved(bytes);
      co_return true;
    }
    std::size_t bytes = 0;
    const Read result = connection_.try_read(room, bytes);
    if (result == Read::ended) throw cut_off();
    data_moved(bytes);
    if (result == Read::some) co_return true;
    if (filled_ > 0) co_return false;
  }
  co_await wait_for_client();
  buffer_ = co_await pool_.acquire();
  co_return true;
}

Task<void> RequestBody::wait_for_client() {
  release();
  const auto start = std::chrono::steady_clock::now();
  const bool in_time = co_await connection_.wait_readable(patience_.left());
  patience_.waited(std::chrono::steady_clock::now() - start);
  if (!in_time)
    throw Error{Reason::request_timeout, "the body came too slowly, or not at all; nothing was stored"};
}

void RequestBody::data_moved(std::size_t bytes) {
  filled_ += bytes;
  received_ += static_cast<std::int64_t>(bytes);
  patience_.moved(static_cast<std::int64_t>(bytes));
  if (framing_.body == BodyKind::chunked) chunks_.data_moved(static_cast<std::int64_t>(bytes));
}

Task<void> RequestBody::say_continue() {
  co_await connection_.write(as_bytes("HTTP/1.1 100 Continue\r\n\r\n"));
  continue_owed_ = false;
}

Error RequestBody::cut_off() const {
  std::string what = "the body ended after " + std::to_string(received_) + " bytes";
  if (framing_.body == BodyKind::length) what += " of " + std::to_string(framing_.length);
  return Error{Reason::body_cut_off, what + "; nothing was stored"};
}

}  // namespace longshore::http
