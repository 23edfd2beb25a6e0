#pragma once

#include <array>
#include <chrono>
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
  explicit Lost(const std::string& why) : std::runtime_error(why) {}
  /// The server does not take us for who we are; trying again will not help.
  static Lost for_good(const std::string& why) {
    Lost lost(why);
    lost.refused_ = true;
    return lost;
  }
  [[nodiscard]] bool refused() const { return refused_; }

 private:
  bool refused_ = false;
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
  /// When bytes last came, or it was made.
  [[nodiscard]] std::chrono::steady_clock::time_point heard_at() const { return heard_at_; }
  /// Ends it: whoever reads or writes is told so.
  void close();

 private:
  boost::asio::awaitable<void> wait_for(Channel::Io wanted);

  std::unique_ptr<Channel> channel_;
  ReplyReader replies_;
  std::array<char, 16'384> received_{};
  std::uint64_t bytes_written_ = 0;
  std::chrono::steady_clock::time_point heard_at_ = std::chrono::steady_clock::now();
};

}  // namespace longshore::redis
