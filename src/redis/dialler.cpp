#include "redis/dialler.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "net/dial.h"
#include "net/http_error.h"
#include "net/race.h"

namespace longshore::redis {
namespace {

namespace asio = boost::asio;

asio::awaitable<std::unique_ptr<Channel>> dial_socket(std::string file) {
  boost::system::error_code error;
  asio::local::stream_protocol::socket socket(co_await asio::this_coro::executor);
  const asio::local::stream_protocol::endpoint endpoint(file);
  co_await socket.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
  if (!error) socket.non_blocking(true, error);
  if (error) throw Lost(file + " cannot be reached: " + error.message());
  co_return std::make_unique<PlainChannel>(std::move(socket));
}

template <class T>
asio::awaitable<void> keep(asio::awaitable<T> work, std::optional<T>& result) {
  result = co_await std::move(work);
}

template <class T>
asio::awaitable<T> in_time(Timers& timers, Millis limit, asio::awaitable<T> work, Address who) {
  std::optional<T> result;
  co_await ends_within(timers, limit, keep(std::move(work), result));
  if (!result) throw Lost(who.text() + " does not answer");
  co_return std::move(*result);
}

/// Throws Lost if the reply is an error.
void require_done(const Reply& reply, const std::string& what) {
  if (!reply.is_error()) return;
  constexpr std::array<std::string_view, 6> kForGood{"WRONGPASS",    "NOAUTH",
                                                     "NOPERM",       "ERR invalid password",  // of Redis 5
                                                     "ERR DB index", "ERR invalid DB index"};
  const bool for_good = std::ranges::any_of(
      kForGood, [&](std::string_view word) { return reply.text.starts_with(word); });
  const std::string why = what + ": " + reply.text;
  throw for_good ? Lost::for_good(why) : Lost(why);
}

/// A peer that has gone without a word is noticed while nothing is sent, and soon when something is.
void watch_peer(StreamSocket& socket, Millis timeout) {
  const auto set = [&](int level, int option, int value) {
    ::setsockopt(socket.native_handle(), level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 5);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 2);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(timeout.count()));
}

}  // namespace

Dialler::Dialler(const Options& options, Timers& timers)
    : options_(options),
      timers_(timers),
      tls_(TlsContext::Options{.ca_file = options.ca_file,
                               .certificate_file = options.certificate_file,
                               .key_file = options.key_file,
                               .protocol = ""}) {}

asio::awaitable<std::unique_ptr<Wire>> Dialler::connect(Address address) const {
  HttpEndpoint endpoint{.tls = options_.url.tls, .host = address.host, .port = address.port};
  std::string why;
  try {
    if (!address.socket.empty()) co_return std::make_unique<Wire>(co_await dial_socket(address.socket));
    auto channel = co_await dial(std::move(endpoint), tls_);
    watch_peer(channel->socket(), options_.timeout);
    co_return std::make_unique<Wire>(std::move(channel));
  } catch (const HttpError& error) {
    why = error.what();
  } catch (const Lost&) {
    throw;
  } catch (const boost::system::system_error& error) {
    const bool given_up = error.code() == asio::error::operation_aborted;
    why = address.text() + (given_up ? " was given up" : " cannot be reached: " + error.code().message());
  } catch (const std::runtime_error& error) {
    why = address.text() + ": " + error.what();  // no name that TLS could check
  }
  throw Lost(why);
}

asio::awaitable<void> Dialler::log_in(Wire& wire, const std::string& username, const Secret& password) const {
  if (password.empty()) co_return;
  std::vector<std::string_view> words{"AUTH"};
  if (!username.empty()) words.push_back(username);
  words.push_back(password.expose());
  require_done(co_await wire.ask(std::move(words)), "the password is not taken");
}

asio::awaitable<std::unique_ptr<Wire>> Dialler::open(Address address) const {
  return in_time(timers_, options_.connect_timeout, open_wire(address), address);
}

asio::awaitable<std::unique_ptr<Wire>> Dialler::open_wire(Address address) const {
  auto wire = co_await connect(address);
  co_await log_in(*wire, options_.username, options_.password);
  if (options_.url.database == 0) co_return wire;
  const std::string number = std::to_string(options_.url.database);
  require_done(co_await wire->ask({"SELECT", number}), "database " + number);
  co_return wire;
}

asio::awaitable<std::unique_ptr<Wire>> Dialler::open_if_master(Address address) const {
  auto wire = co_await open_wire(address);
  const Reply role = co_await wire->ask({"ROLE"});
  require_done(role, "its role is not known");
  if (!role.is_array() || role.elements.empty() || role.elements[0].text != "master")
    throw Lost(address.text() + " is not the master");
  co_return wire;
}

asio::awaitable<Address> Dialler::ask_sentinel(Address sentinel) const {
  const auto wire = co_await connect(sentinel);
  co_await log_in(*wire, "", options_.sentinel_password);
  const std::string& master = options_.url.master;
  const Reply reply = co_await wire->ask({"SENTINEL", "get-master-addr-by-name", master});
  require_done(reply, "the Sentinel at " + sentinel.text());
  std::uint16_t port = 0;
  if (reply.elements.size() == 2) {
    const std::string& digits = reply.elements[1].text;
    std::from_chars(digits.data(), digits.data() + digits.size(), port);
  }
  if (port == 0) throw Lost("the Sentinel at " + sentinel.text() + " knows no master called " + master);
  co_return Address{.host = reply.elements[0].text, .port = port, .socket = {}};
}

asio::awaitable<std::unique_ptr<Wire>> Dialler::open_master(Address& found) {
  const std::vector<Address>& addresses = options_.url.addresses;
  std::string why;
  bool refused = true;
  for (std::size_t n = 0; n < addresses.size(); ++n) {
    const std::size_t place = (last_good_ + n) % addresses.size();
    const Address& address = addresses[place];
    try {
      found = address;
      if (options_.url.topology == Topology::sentinel)
        found = co_await in_time(timers_, options_.connect_timeout, ask_sentinel(address), address);
      auto wire = co_await in_time(timers_, options_.connect_timeout, open_if_master(found), found);
      last_good_ = place;
      co_return wire;
    } catch (const Lost& lost) {
      if (!why.empty()) why += "; ";
      why += lost.what();
      refused = refused && lost.refused();
    }
  }
  throw refused ? Lost::for_good(why) : Lost(why);
}

asio::awaitable<SlotMap> Dialler::ask_for_slots(std::vector<Address> nodes) const {
  const auto executor = co_await asio::this_coro::executor;
  const auto ask = [&](const Address& node) {
    return asio::co_spawn(executor, in_time(timers_, options_.connect_timeout, ask_node(node), node),
                          asio::deferred);
  };
  std::vector<decltype(ask(nodes.front()))> asked;
  for (const Address& node : nodes) asked.push_back(ask(node));
  auto [order, errors, maps] = co_await asio::experimental::make_parallel_group(std::move(asked))
                                   .async_wait(asio::experimental::wait_for_one_success(),
                                               asio::use_awaitable);
  for (const std::size_t place : order)
    if (!errors[place]) co_return std::move(maps[place]);
  std::rethrow_exception(errors[order.front()]);
}

asio::awaitable<SlotMap> Dialler::ask_node(Address node) const {
  const auto wire = co_await open_wire(node);
  const Reply reply = co_await wire->ask({"CLUSTER", "SLOTS"});
  require_done(reply, node.text() + " does not tell its slots");
  auto map = SlotMap::parse(reply, node);
  if (!map) throw Lost(node.text() + " does not tell its slots as a node of a cluster does");
  co_return std::move(*map);
}

}  // namespace longshore::redis
