#include "apps/longshored/http_setup.h"

#include <boost/asio/ip/address.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include "apps/longshored/config_value.h"
#include "domain/error.h"

namespace longshore::server {
namespace {

void listen_on(http::HttpFront& front, Loops& loops, const Endpoint& endpoint, std::int64_t connections_max,
               http::Surface surface, const Log& log) {
  try {
    const auto bound = front.listen(
        loops.all(),
        {.endpoint = {boost::asio::ip::make_address(endpoint.address), endpoint.port},
         .connections_max = static_cast<std::size_t>(connections_max)},
        surface);
    const Endpoint chosen{bound.address().to_string(), bound.port()};
    log.info("listening", {{"address", to_string(chosen)},
                           {"for", surface == http::Surface::operators ? "operators" : "clients"}});
  } catch (const boost::system::system_error& error) {
    throw Error(Reason::internal,
                fmt::format("cannot listen on {}: {}", to_string(endpoint), error.code().message()));
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

void listen(http::HttpFront& front, Loops& loops, const Config& config, const Log& log) {
  constexpr std::int64_t kOperatorsConnections = 100;  // a few scrapers and probes
  listen_on(front, loops, config.http.listen, config.limits.connections_max,
            config.metrics.separate ? http::Surface::clients : http::Surface::both, log);
  if (config.metrics.separate) {
    listen_on(front, loops, config.metrics.listen, kOperatorsConnections, http::Surface::operators, log);
  }
}

}  // namespace longshore::server
