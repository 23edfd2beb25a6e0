#include "redis/url.h"

#include <algorithm>
#include <charconv>
#include <sys/un.h>
#include <utility>

#include "base/ascii.h"
#include "domain/error.h"

namespace longshore::redis {
namespace {

constexpr int kDatabaseMax = 65'535;
constexpr std::size_t kAddressesMax = 64;
constexpr std::size_t kSocketPathMax = sizeof(sockaddr_un::sun_path) - 1;

[[noreturn]] void refuse(std::string why) { throw Error(Reason::invalid_request, std::move(why)); }

int number_of(std::string_view digits, int least, int most, std::string_view what) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || value < least || value > most)
    refuse("\"" + std::string(digits) + "\" is no " + std::string(what));
  return value;
}

/// Cuts off what stands before `mark`; all of it, if there is none.
std::string_view take_until(std::string_view& rest, char mark) {
  const std::size_t at = std::min(rest.find(mark), rest.size());
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return taken;
}

bool is_host(std::string_view host) {
  return !host.empty() && std::ranges::all_of(host, [](char c) {
    return ascii::is_digit(c) || ascii::is_letter(c) ||
           std::string_view("-._:").find(c) != std::string_view::npos;
  });
}

Address address_of(std::string_view text, std::uint16_t preset_port) {
  const bool bracketed = text.starts_with('[');
  const std::size_t end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == std::string_view::npos) refuse("\"" + std::string(text) + "\" is no HOST:PORT");
  const std::string_view host = bracketed ? text.substr(1, end - 1) : text.substr(0, end);
  const std::string_view rest = text.substr(bracketed ? end + 1 : end);
  if (!is_host(host) || (!rest.empty() && !rest.starts_with(':')))
    refuse("\"" + std::string(text) + "\" is no HOST:PORT");
  Address address{.host = std::string(host), .port = preset_port, .socket = {}};
  if (!rest.empty()) address.port = static_cast<std::uint16_t>(number_of(rest.substr(1), 1, 65'535, "port"));
  return address;
}

Url socket_url(std::string_view rest) {
  Url url;
  const std::string_view file = take_until(rest, '?');
  if (!file.starts_with('/')) refuse("a Unix socket is written unix:///FILE, with its whole path");
  if (file.size() > kSocketPathMax)
    refuse("the path of a Unix socket has at most " + std::to_string(kSocketPathMax) + " characters");
  url.addresses.push_back(Address{.host = {}, .port = 0, .socket = std::string(file)});
  if (rest.empty()) return url;
  if (!rest.starts_with("db=")) refuse("after ? only db=NUMBER may stand");
  url.database = number_of(rest.substr(3), 0, kDatabaseMax, "database number");
  return url;
}

}  // namespace

Url parse_url(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) refuse("write a URL, such as \"redis://127.0.0.1:6379/0\"");
  const std::string_view scheme = text.substr(0, colon);
  std::string_view rest = text.substr(colon + 3);
  if (rest.find('@') != std::string_view::npos)
    refuse("a URL is printed: user and password have keys of their own");
  if (scheme == "unix") return socket_url(rest);

  Url url;
  std::string_view kind = scheme;
  const std::string_view base = take_until(kind, '+');
  url.tls = base == "rediss";
  if (kind == "sentinel") url.topology = Topology::sentinel;
  if (kind == "cluster") url.topology = Topology::cluster;
  const bool known = kind.empty() ? base == scheme : url.topology != Topology::single;
  if (!known || (base != "redis" && base != "rediss"))
    refuse("the scheme is redis, rediss, either with +sentinel or +cluster, or unix");

  const bool sentinel = url.topology == Topology::sentinel;
  std::string_view hosts = take_until(rest, '/');
  if (hosts.ends_with(',')) refuse("after the last comma there is no server");
  while (!hosts.empty() && url.addresses.size() < kAddressesMax)
    url.addresses.push_back(address_of(take_until(hosts, ','), sentinel ? kSentinelPort : kPort));
  if (url.addresses.empty() || !hosts.empty()) refuse("name 1 to 64 servers, separated by commas");
  if (sentinel) url.master = take_until(rest, '/');
  if (sentinel && url.master.empty()) refuse("say what the Sentinels call the master: .../MASTER");
  if (!rest.empty()) url.database = number_of(rest, 0, kDatabaseMax, "database number");
  if (url.topology == Topology::cluster && url.database != 0) refuse("a cluster has no database but 0");
  return url;
}

}  // namespace longshore::redis
