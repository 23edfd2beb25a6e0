#include "front/common/client_socket.h"

#include <array>
#include <chrono>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/race.h"

namespace longshore {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::int64_t kLingerBytesMax = 16 * 1024 * 1024;
constexpr Millis kLingerTime{2000};  // for the client to read its answer and to stop sending

Task<void> wait_for(tcp::socket& socket, tcp::socket::wait_type what) {
  co_await socket.async_wait(what, asio::use_awaitable);
}

}  // namespace

ClientSocket::ClientSocket(tcp::socket socket, Timers& timers, Patience writing)
    : socket_(std::move(socket)), timers_(timers), writing_(writing) {
  error_code gone;
  remote_ = socket_.remote_endpoint(gone).address();
  socket_.non_blocking(true, gone);
}

ClientSocket::Read ClientSocket::try_read(MutableBytes out, std::size_t& bytes) {
  error_code error;
  bytes = socket_.read_some(asio::buffer(out.data(), out.size()), error);
  if (error == asio::error::would_block || error == asio::error::try_again) return Read::nothing_now;
  return error ? Read::ended : Read::some;
}

Task<bool> ClientSocket::wait_readable(Millis limit) {
  co_return co_await ends_within(timers_, limit, wait_for(socket_, tcp::socket::wait_read));
}

Task<void> ClientSocket::wait_writable() {
  const auto start = std::chrono::steady_clock::now();
  const bool in_time = co_await ends_within(timers_, writing_.left(),
                                            wait_for(socket_, tcp::socket::wait_write));
  writing_.waited(std::chrono::steady_clock::now() - start);
  if (!in_time) throw ConnectionLost{};
}

Task<void> ClientSocket::write(ByteView first, ByteView second) {
  while (!first.empty() || !second.empty()) {
    const std::array buffers{asio::buffer(first.data(), first.size()),
                             asio::buffer(second.data(), second.size())};
    error_code error;
    const std::size_t bytes = socket_.write_some(buffers, error);
    if (error == asio::error::would_block || error == asio::error::try_again) {
      co_await wait_writable();
      continue;
    }
    if (error) throw ConnectionLost{};
    writing_.moved(static_cast<std::int64_t>(bytes));
    const std::size_t of_first = std::min(bytes, first.size());
    first = first.subspan(of_first);
    second = second.subspan(bytes - of_first);
  }
}

bool ClientSocket::peer_has_ended() {
  std::byte one{};
  error_code error;
  const std::size_t bytes = socket_.receive(asio::buffer(&one, 1), tcp::socket::message_peek, error);
  const bool nothing_now = error == asio::error::would_block || error == asio::error::try_again;
  return bytes == 0 && !nothing_now;
}

Task<void> ClientSocket::discard_until_end() {
  std::array<std::byte, 4096> waste;
  for (std::int64_t total = 0; total < kLingerBytesMax;) {
    std::size_t bytes = 0;
    const Read result = try_read(waste, bytes);
    if (result == Read::ended) co_return;
    if (result == Read::nothing_now) co_await wait_for(socket_, tcp::socket::wait_read);
    total += static_cast<std::int64_t>(bytes);
  }
}

Task<void> ClientSocket::linger() {
  end_sending();
  co_await ends_within(timers_, kLingerTime, discard_until_end());
  close();
}

void ClientSocket::end_sending() {
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void ClientSocket::shut_down() {
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
}

void ClientSocket::close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace longshore
