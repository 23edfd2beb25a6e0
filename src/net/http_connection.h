#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "net/channel.h"
#include "net/timers.h"

namespace longshore {

/// A connection to a server that speaks HTTP/1.1: reads a little ahead of what is parsed; bodies go past
/// that, straight into their own buffers. What can be moved at once is moved at once, and only then is it
/// waited. Used on the socket's executor; one coroutine may read while another one writes.
class HttpConnection {
 public:
  using Io = Channel::Io;

  /// The head of an answer; what is longer is refused.
  static constexpr std::size_t kAheadBytesMax = 16 * 1024;

  HttpConnection(std::unique_ptr<Channel> channel, Timers& timers)
      : channel_(std::move(channel)), timers_(timers) {}

  // What was read ahead and is not consumed yet.
  [[nodiscard]] std::string_view ahead() const { return {ahead_.data() + begin_, end_ - begin_}; }
  void consume(std::size_t bytes);

  /// Reads ahead what is there. Not to be called with kAheadBytesMax bytes ahead.
  Io try_read_ahead();
  /// Reads into `out` (not empty) as much as is there.
  Io try_read(MutableBytes out, std::size_t& bytes);
  /// Waits until the socket is what `wanted` (wants_read, wants_write) says. The second one: false when that
  /// took longer than `limit`.
  boost::asio::awaitable<void> wait(Io wanted);
  boost::asio::awaitable<bool> wait(Io wanted, Millis limit);

  enum class Written { all, stalled, lost };
  /// All of both. stalled: the server took no byte for `stall`.
  boost::asio::awaitable<Written> write(ByteView first, ByteView second, Millis stall);

  [[nodiscard]] std::int64_t bytes_written() const { return bytes_written_; }

  /// Nothing waits to be read, and the server has not ended: fit for another request, as far as one can know.
  bool is_clean();

 private:
  std::unique_ptr<Channel> channel_;
  Timers& timers_;
  std::vector<char> ahead_;  // its bytes from begin_ to end_ wait
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::int64_t bytes_written_ = 0;
};

}  // namespace longshore
