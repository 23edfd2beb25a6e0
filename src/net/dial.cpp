#include "net/dial.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/async_result.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "net/connect.h"
#include "net/http_error.h"
#include "net/tls_channel.h"
#include "net/waiter.h"

namespace longshore {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Io = Channel::Io;
using Addresses = std::vector<tcp::endpoint>;

void require_reached(const HttpEndpoint& endpoint, const error_code& error) {
  if (!error) return;
  if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
  const bool no_such_host = error == asio::error::host_not_found || error == asio::error::no_data;
  throw HttpError{no_such_host ? HttpFailure::no_such_host : HttpFailure::unreachable,
                  HttpError::Sent::nothing, endpoint.authority() + " cannot be reached: " + error.message()};
}

/// A look-up under way. Asio cannot interrupt one (it sits in getaddrinfo), so whoever waits for it can leave
/// it behind: it then ends for nobody, or never begins if others were before it. Used on one loop.
struct LookUp : std::enable_shared_from_this<LookUp> {
  explicit LookUp(const asio::any_io_executor& executor) : resolver(executor) {}

  template <class Handler>
  void start(const HttpEndpoint& endpoint, Handler handler) {
    waiter.emplace(std::move(handler));
    waiter->on_cancel([weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self) return;
      self->resolver.cancel();
      self->end(asio::error::operation_aborted, {});
    });
    resolver.async_resolve(
        endpoint.host, std::to_string(endpoint.port),
        [self = shared_from_this()](error_code error, const tcp::resolver::results_type& found) {
          self->end(error, {found.begin(), found.end()});
        });
  }
  void end(error_code error, Addresses found) {
    auto waiting = std::exchange(waiter, std::nullopt);
    if (waiting) std::move(*waiting).wake(error, std::move(found));
  }

  tcp::resolver resolver;
  std::optional<Waiter<Addresses>> waiter;
};

asio::awaitable<Addresses> look_up(const HttpEndpoint& endpoint, error_code& error) {
  const auto address = asio::ip::make_address(endpoint.host, error);
  if (!error) co_return Addresses{{address, endpoint.port}};

  const auto look_up = std::make_shared<LookUp>(co_await asio::this_coro::executor);
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_return co_await asio::async_initiate<decltype(token), void(error_code, Addresses)>(
      [&](auto handler) { look_up->start(endpoint, std::move(handler)); }, token);
}

asio::awaitable<void> shake_hands(TlsChannel& channel, const HttpEndpoint& endpoint) {
  for (Io result = channel.handshake(); result != Io::moved; result = channel.handshake()) {
    if (result == Io::ended) {
      throw HttpError{HttpFailure::unreachable, HttpError::Sent::nothing,
                      endpoint.authority() + " breaks off the TLS handshake"};
    }
    if (result == Io::failed) {
      throw HttpError{HttpFailure::untrusted, HttpError::Sent::nothing,
                      "no TLS connection to " + endpoint.authority() + ": " + channel.why()};
    }
    co_await channel.socket().async_wait(
        result == Io::wants_write ? tcp::socket::wait_write : tcp::socket::wait_read, asio::use_awaitable);
  }
}

}  // namespace

asio::awaitable<std::unique_ptr<Channel>> dial(HttpEndpoint endpoint, const TlsContext& tls) {
  error_code error;
  Addresses addresses = co_await look_up(endpoint, error);
  require_reached(endpoint, error);

  tcp::socket socket = co_await connect_to_one(std::move(addresses), error);
  if (!error) socket.set_option(tcp::no_delay(true), error);
  if (!error) socket.non_blocking(true, error);
  require_reached(endpoint, error);

  if (!endpoint.tls) co_return std::make_unique<PlainChannel>(std::move(socket));
  auto channel = std::make_unique<TlsChannel>(tls, endpoint.host, std::move(socket));
  co_await shake_hands(*channel, endpoint);
  co_return channel;
}

}  // namespace longshore
