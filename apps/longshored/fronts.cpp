#include "apps/longshored/fronts.h"

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include "apps/longshored/config_value.h"
#include "apps/longshored/process.h"
#include "domain/error.h"

namespace longshore::server {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

tcp::endpoint to_asio(const Endpoint& endpoint) {
  return {asio::ip::make_address(endpoint.address), endpoint.port};
}

std::vector<asio::ip::address> trusted_proxies(const Config& config) {
  std::vector<asio::ip::address> proxies;
  for (const std::string& proxy : config.http.trusted_proxies)
    proxies.push_back(asio::ip::make_address(proxy));
  return proxies;
}

ClientLimits::Config limits_of_clients(const Config& config) {
  return {.connections_max = connections_within(open_files_max(), config.limits.connections_max),
          .request_rate = static_cast<int>(config.limits.request_rate)};
}

grpc::GrpcConfig grpc_config(const Config& config) {
  return {.trusted_proxies = trusted_proxies(config),
          .header_timeout = config.limits.header_timeout,
          .idle_timeout = config.limits.idle_timeout,
          .body_rate_min = config.limits.body_rate_min_bytes,
          .message_bytes_max = config.grpc.message_bytes_max};
}

http::HttpConfig http_config(const Config& config, const BufferPool& buffers) {
  return {.public_url = config.http.public_url,
          .trusted_proxies = trusted_proxies(config),
          .header_timeout = config.limits.header_timeout,
          .idle_timeout = config.limits.idle_timeout,
          .body_rate_min = config.limits.body_rate_min_bytes,
          .unary_message_max = grpc::message_bytes_max(grpc_config(config), buffers)};
}

[[noreturn]] void refuse(const Endpoint& endpoint, const boost::system::error_code& why) {
  const bool taken = why == asio::error::address_in_use;
  throw Error(Reason::internal,
              fmt::format("cannot listen on {}: {}{}", to_string(endpoint), why.message(),
                          taken ? "; end the process that listens there, or choose another port" : ""),
              {}, taken ? Outcome::retry : Outcome::refused);
}

void require_free(const Endpoint& endpoint) {
  try {
    asio::io_context loop;
    const tcp::acceptor listening(loop, to_asio(endpoint));
  } catch (const boost::system::system_error& error) {
    refuse(endpoint, error.code());
  }
}

/// `bind` gives the endpoint that was chosen.
template <class Bind>
void listen_on(const Endpoint& endpoint, std::string_view what, const Log& log, Bind bind) {
  try {
    const tcp::endpoint bound = bind(to_asio(endpoint));
    const Endpoint chosen{bound.address().to_string(), bound.port()};
    log.info("listening", {{"address", to_string(chosen)}, {"for", what}});
  } catch (const boost::system::system_error& error) {
    refuse(endpoint, error.code());
  }
}

}  // namespace

Fronts::Fronts(const FrontPorts& ports, const Config& config)
    : limits_(ports.buffers, limits_of_clients(config)),
      http_(ports, limits_, http_config(config, ports.buffers)),
      grpc_(ports, limits_, grpc_config(config)) {}

void Fronts::listen(Loops& loops, const Config& config, const Log& log) {
  if (limits_.connections_max() < config.limits.connections_max) {
    log.warn("fewer connections than limits.connections_max: raise the limit of open files",
             {{"open_files", open_files_max()}, {"connections", limits_.connections_max()}});
  }
  const auto surface = config.metrics.separate ? http::Surface::clients : http::Surface::both;
  listen_on(config.http.listen, "HTTP", log,
            [&](const tcp::endpoint& endpoint) { return http_.listen(loops.all(), endpoint, surface); });
  if (config.metrics.separate) {
    listen_on(config.metrics.listen, "operators", log, [&](const tcp::endpoint& endpoint) {
      return http_.listen(loops.all(), endpoint, http::Surface::operators);
    });
  }
  listen_on(config.grpc.listen, "gRPC", log,
            [&](const tcp::endpoint& endpoint) { return grpc_.listen(loops.all(), endpoint); });
}

Task<void> Fronts::drain(Millis patience) {
  const auto executor = co_await asio::this_coro::executor;
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, http_.drain(patience), asio::deferred),
      asio::co_spawn(executor, grpc_.drain(patience), asio::deferred));
  auto [order, of_http, of_grpc] = co_await both.async_wait(asio::experimental::wait_for_all(),
                                                            asio::use_awaitable);
  for (const std::exception_ptr& failure : {of_http, of_grpc}) {
    if (failure) std::rethrow_exception(failure);
  }
}

void require_free_ports(const Config& config) {
  require_free(config.http.listen);
  require_free(config.grpc.listen);
  if (config.metrics.separate) require_free(config.metrics.listen);
}

}  // namespace longshore::server
