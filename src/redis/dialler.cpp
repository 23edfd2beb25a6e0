#include "redis/dialler.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

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
  constexpr std::array<std::string_view, 3> kForGood{"WRONGPASS", "NOAUTH", "NOPERM"};
  const bool for_good = std::ranges::any_of(
      kForGood, [&](std::string_view word) { return reply.text.starts_with(word); });
  throw Lost(what + ": " + reply.text, for_good);
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
  if (!address.socket.empty()) co_return std::make_unique<Wire>(co_await dial_socket(address.socket));
  HttpEndpoint endpoint{.tls = options_.url.tls, .host = address.host, .port = address.port};
  std::string why;
  try {
    co_return std::make_unique<Wire>(co_await dial(std::move(endpoint), tls_));
  } catch (const HttpError& error) {
    why = error.what();
  } catch (const boost::system::system_error&) {
    why = address.text() + " was given up";
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

asio::awaitable<std::unique_ptr<Wire>> Dialler::open_master(Address& found) const {
  std::string why;
  bool refused = false;
  for (const Address& address : options_.url.addresses) {
    try {
      found = address;
      if (options_.url.topology == Topology::sentinel)
        found = co_await in_time(timers_, options_.connect_timeout, ask_sentinel(address), address);
      co_return co_await in_time(timers_, options_.connect_timeout, open_if_master(found), found);
    } catch (const Lost& lost) {
      if (!why.empty()) why += "; ";
      why += lost.what();
      refused = lost.refused();
    }
  }
  throw Lost(why, refused);
}

asio::awaitable<SlotMap> Dialler::ask_for_slots(Address node) const {
  return in_time(timers_, options_.connect_timeout, ask_node(node), node);
}

asio::awaitable<SlotMap> Dialler::ask_node(Address node) const {
  const auto wire = co_await open_wire(node);
  const Reply reply = co_await wire->ask({"CLUSTER", "SLOTS"});
  require_done(reply, node.text() + " does not tell its slots");
  auto map = SlotMap::parse(reply, node);
  if (!map) throw Lost(node.text() + " does not tell its slots as a cluster does");
  co_return std::move(*map);
}

}  // namespace longshore::redis
