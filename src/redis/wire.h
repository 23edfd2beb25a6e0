#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "net/channel.h"
#include "redis/reply_reader.h"

namespace longshore::redis {

/// The connection is no more, or never was; what() says why.
class Lost : public std::runtime_error {
 public:
  /// `refused`: the server does not take us for who we are; trying again will not help.
  explicit Lost(const std::string& why, bool refused = false) : std::runtime_error(why), refused_(refused) {}
  [[nodiscard]] bool refused() const { return refused_; }

 private:
  bool refused_;
};

/// Commands out, replies in, over one channel. Used on the socket's executor; one coroutine may read while
/// another one writes.
class Wire {
 public:
  explicit Wire(std::unique_ptr<Channel> channel) : channel_(std::move(channel)) {}

  /// All of `bytes`, which live until then. Throws Lost.
  boost::asio::awaitable<void> write(std::string_view bytes);
  /// The next reply. Throws Lost.
  boost::asio::awaitable<Reply> read();
  /// One command and its reply. Throws Lost.
  boost::asio::awaitable<Reply> ask(std::vector<std::string_view> words);

  [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }
  /// Ends it: whoever reads or writes is told so.
  void close();

 private:
  boost::asio::awaitable<void> wait_for(Channel::Io wanted);

  std::unique_ptr<Channel> channel_;
  ReplyReader replies_;
  std::array<char, 16'384> received_{};
  std::uint64_t bytes_written_ = 0;
};

}  // namespace longshore::redis
