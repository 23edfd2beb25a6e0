#include "net/http_connection.h"

#include <algorithm>
#include <cstring>
#include <span>

#include <boost/asio/use_awaitable.hpp>

#include "net/race.h"

namespace longshore {

namespace asio = boost::asio;

void HttpConnection::consume(std::size_t bytes) {
  begin_ += bytes;
  if (begin_ < end_) return;
  begin_ = end_ = 0;
  std::vector<char>().swap(ahead_);  // neither an idle connection nor a body holds memory of this kind
}

Channel::Io HttpConnection::try_read_ahead() {
  if (begin_ > 0) {
    std::memmove(ahead_.data(), ahead_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  ahead_.resize(kAheadBytesMax);
  std::size_t bytes = 0;
  const Io result = channel_->read(std::as_writable_bytes(std::span(ahead_)).subspan(end_), bytes);
  end_ += bytes;
  if (end_ == 0) consume(0);
  return result;
}

Channel::Io HttpConnection::try_read(MutableBytes out, std::size_t& bytes) {
  bytes = 0;
  Io result = Io::moved;
  while (result == Io::moved && bytes < out.size()) {
    std::size_t more = 0;
    result = channel_->read(out.subspan(bytes), more);
    bytes += more;
  }
  return bytes > 0 ? Io::moved : result;
}

asio::awaitable<void> HttpConnection::wait(Io wanted) {
  co_await channel_->socket().async_wait(
      wanted == Io::wants_write ? StreamSocket::wait_write : StreamSocket::wait_read, asio::use_awaitable);
}

asio::awaitable<bool> HttpConnection::wait(Io wanted, Millis limit) {
  co_return co_await ends_within(timers_, limit, wait(wanted));
}

asio::awaitable<HttpConnection::Written> HttpConnection::write(ByteView first, ByteView second,
                                                               Millis stall) {
  while (!first.empty() || !second.empty()) {
    std::size_t bytes = 0;
    const Io result = channel_->write(first, second, bytes);
    if (result == Io::wants_read || result == Io::wants_write) {
      if (!co_await wait(result, stall)) co_return Written::stalled;
      continue;
    }
    if (result != Io::moved) co_return Written::lost;
    bytes_written_ += static_cast<std::int64_t>(bytes);
    const std::size_t of_first = std::min(bytes, first.size());
    first = first.subspan(of_first);
    second = second.subspan(bytes - of_first);
  }
  co_return Written::all;
}

bool HttpConnection::is_clean() {
  if (!ahead().empty()) return false;
  std::byte unexpected{};
  std::size_t bytes = 0;
  return channel_->read(std::span(&unexpected, 1), bytes) == Io::wants_read;
}

}  // namespace longshore
