#include "apps/longshored/http_setup.h"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include "apps/longshored/config_value.h"
#include "domain/error.h"

namespace longshore::server {
namespace {

using boost::asio::ip::tcp;

tcp::endpoint to_asio(const Endpoint& endpoint) {
  return {boost::asio::ip::make_address(endpoint.address), endpoint.port};
}

[[noreturn]] void refuse(const Endpoint& endpoint, const boost::system::error_code& why) {
  const bool taken = why == boost::asio::error::address_in_use;
  throw Error(Reason::internal,
              fmt::format("cannot listen on {}: {}{}", to_string(endpoint), why.message(),
                          taken ? "; end the process that listens there, or choose another port" : ""),
              {}, taken ? Outcome::retry : Outcome::refused);
}

void require_free(const Endpoint& endpoint) {
  try {
    boost::asio::io_context loop;
    const tcp::acceptor listening(loop, to_asio(endpoint));
  } catch (const boost::system::system_error& error) {
    refuse(endpoint, error.code());
  }
}

void listen_on(http::HttpFront& front, Loops& loops, const Endpoint& endpoint, std::int64_t connections_max,
               http::Surface surface, const Log& log) {
  try {
    const auto bound = front.listen(
        loops.all(),
        {.endpoint = to_asio(endpoint), .connections_max = static_cast<std::size_t>(connections_max)},
        surface);
    const Endpoint chosen{bound.address().to_string(), bound.port()};
    log.info("listening", {{"address", to_string(chosen)},
                           {"for", surface == http::Surface::operators ? "operators" : "clients"}});
  } catch (const boost::system::system_error& error) {
    refuse(endpoint, error.code());
  }
}

}  // namespace

http::HttpConfig http_config(const Config& config) {
  http::HttpConfig http{.public_url = config.http.public_url,
                        .header_timeout = config.limits.header_timeout,
                        .idle_timeout = config.limits.idle_timeout,
                        .body_rate_min = config.limits.body_rate_min_bytes,
                        .request_rate = static_cast<int>(config.limits.request_rate)};
  for (const std::string& proxy : config.http.trusted_proxies) {
    http.trusted_proxies.push_back(boost::asio::ip::make_address(proxy));
  }
  return http;
}

void require_free_ports(const Config& config) {
  require_free(config.http.listen);
  if (config.metrics.separate) require_free(config.metrics.listen);
}

void listen(http::HttpFront& front, Loops& loops, const Config& config, const Log& log) {
  constexpr std::int64_t kOperatorsConnections = 100;  // a few scrapers and probes
  listen_on(front, loops, config.http.listen, config.limits.connections_max,
            config.metrics.separate ? http::Surface::clients : http::Surface::both, log);
  if (config.metrics.separate) {
    listen_on(front, loops, config.metrics.listen, kOperatorsConnections, http::Surface::operators, log);
  }
}

}  // namespace longshore::server
