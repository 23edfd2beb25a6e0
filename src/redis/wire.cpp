#include "redis/wire.h"

#include <optional>
#include <span>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <openssl/crypto.h>

#include "base/bytes.h"
#include "redis/command.h"

namespace longshore::redis {

namespace asio = boost::asio;
using Io = Channel::Io;

namespace {

/// Nothing of the text is left in memory.
class Wiped {
 public:
  explicit Wiped(std::string& text) : text_(text) {}
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { OPENSSL_cleanse(text_.data(), text_.size()); }

 private:
  std::string& text_;
};

}  // namespace

asio::awaitable<void> Wire::wait_for(Io wanted) {
  if (wanted == Io::ended) throw Lost("the server has closed the connection");
  if (wanted == Io::failed) throw Lost("the connection is broken");
  boost::system::error_code error;
  co_await channel_->socket().async_wait(
      wanted == Io::wants_write ? asio::socket_base::wait_write : asio::socket_base::wait_read,
      asio::redirect_error(asio::use_awaitable, error));
  if (error) throw Lost("the connection was given up");
}

asio::awaitable<void> Wire::write(std::string_view bytes) {
  ByteView rest = as_bytes(bytes);
  while (!rest.empty()) {
    std::size_t moved = 0;
    const Io result = channel_->write(rest, {}, moved);
    if (result != Io::moved) co_await wait_for(result);
    rest = rest.subspan(moved);
    bytes_written_ += moved;
  }
}

asio::awaitable<Reply> Wire::read() {
  for (;;) {
    std::optional<Reply> reply;
    try {
      reply = replies_.next();
    } catch (const std::runtime_error& error) {
      throw Lost(std::string("the server does not speak Redis' protocol: ") + error.what());
    }
    if (reply) co_return std::move(*reply);
    std::size_t moved = 0;
    const Io result = channel_->read(std::as_writable_bytes(std::span(received_)), moved);
    if (result != Io::moved) co_await wait_for(result);
    if (moved > 0) heard_at_ = std::chrono::steady_clock::now();
    replies_.feed({received_.data(), moved});
  }
}

asio::awaitable<Reply> Wire::ask(std::vector<std::string_view> words) {
  std::string command;
  append_command(command, words);
  const Wiped at_the_end(command);  // a password may be in it
  co_await write(command);
  co_return co_await read();
}

void Wire::close() {
  boost::system::error_code ignored;
  channel_->socket().close(ignored);
}

}  // namespace longshore::redis
