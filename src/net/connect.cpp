#include "net/connect.h"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/waiter.h"

namespace longshore {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Addresses = std::vector<tcp::endpoint>;

/// IPv6 and IPv4 by turns, beginning with the first one's.
Addresses by_turns(const Addresses& given) {
  Addresses families[2];
  for (const tcp::endpoint& address : given)
    families[address.protocol() == given.front().protocol() ? 0 : 1].push_back(address);
  Addresses mixed;
  for (std::size_t n = 0; mixed.size() < given.size(); ++n) {
    for (const Addresses& family : families)
      if (n < family.size()) mixed.push_back(family[n]);
  }
  return mixed;
}

/// The attempts under way. Kept by their handlers; used on one loop.
class Attempts : public std::enable_shared_from_this<Attempts> {
 public:
  Attempts(const asio::any_io_executor& executor, Addresses addresses)
      : executor_(executor), addresses_(std::move(addresses)), next_(executor) {}

  template <class Handler>
  void start(Handler handler) {
    waiter_.emplace(std::move(handler));
    waiter_->on_cancel([weak = weak_from_this()] {
      if (const auto self = weak.lock())
        self->end(asio::error::operation_aborted, tcp::socket(self->executor_));
    });
    begin_next();
  }

 private:
  void begin_next() {
    const std::size_t n = sockets_.size();
    if (!waiter_ || n == addresses_.size()) return;
    sockets_.emplace_back(executor_).async_connect(
        addresses_[n], [self = shared_from_this(), n](error_code error) { self->ended(n, error); });
    next_.expires_after(kNextAddressAfter);
    next_.async_wait([self = shared_from_this()](error_code error) {
      if (!error) self->begin_next();
    });
  }

  void ended(std::size_t n, error_code error) {
    if (!waiter_) return;
    if (!error || ++failed_ == addresses_.size()) {
      end(error, std::move(sockets_[n]));
    } else {
      begin_next();
    }
  }

  void end(error_code error, tcp::socket socket) {
    auto waiting = std::exchange(waiter_, std::nullopt);
    if (!waiting) return;
    next_.cancel();
    sockets_.clear();
    std::move(*waiting).wake(error, std::move(socket));
  }

  const asio::any_io_executor executor_;
  const Addresses addresses_;
  asio::steady_timer next_;
  std::deque<tcp::socket> sockets_;  // of the addresses in front, where they stay while they connect
  std::size_t failed_ = 0;
  std::optional<Waiter<tcp::socket>> waiter_;
};

}  // namespace

asio::awaitable<tcp::socket> connect_to_one(Addresses addresses, error_code& error) {
  const auto executor = co_await asio::this_coro::executor;
  if (addresses.empty()) {
    error = asio::error::host_not_found;
    co_return tcp::socket(executor);
  }
  const auto attempts = std::make_shared<Attempts>(executor, by_turns(addresses));
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_return co_await asio::async_initiate<decltype(token), void(error_code, tcp::socket)>(
      [&](auto handler) { attempts->start(std::move(handler)); }, token);
}

}  // namespace longshore
