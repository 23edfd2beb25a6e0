#include "front/http/http_front.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "front/common/connections.h"
#include "front/http/session.h"

namespace longshore::http {
namespace {

using Steady = std::chrono::steady_clock;

constexpr Millis kLastWord{3000};  // for progress streams to notice that it has, and to tell their clients

}  // namespace

HttpFront::HttpFront(FrontPorts ports, ClientLimits& limits, HttpConfig config)
    : context_(std::move(ports), limits, std::move(config)) {}

boost::asio::ip::tcp::endpoint HttpFront::listen(const std::vector<boost::asio::io_context*>& loops,
                                                 const boost::asio::ip::tcp::endpoint& endpoint,
                                                 Surface surface) {
  const auto& connections = surface == Surface::operators ? context_.operators_connections
                                                          : context_.connections;
  auto serve_on = [this, surface](boost::asio::ip::tcp::socket socket) {
    return serve(std::move(socket), surface);
  };
  auto listener = std::make_unique<Listener>(
      loops, ListenerOptions{.endpoint = endpoint, .connections = connections},
      connection_callbacks(context_.ports, std::move(serve_on)), gate_);
  const auto bound = listener->endpoint();
  listener->start();
  listeners_.push_back(std::move(listener));
  return bound;
}

Task<void> HttpFront::serve(boost::asio::ip::tcp::socket socket, Surface surface) {
  Session session(context_, std::move(socket), surface);
  co_await session.run();
}

Task<void> HttpFront::drain(Millis patience) {
  begin_drain();
  const auto deadline = Steady::now() + patience;
  co_await becomes_none(context_.requests, context_.ports.timers, deadline);
  co_await becomes_none(context_.watchers, context_.ports.timers,
                        std::min(deadline, Steady::now() + kLastWord));
  for (const auto& listener : listeners_) listener->stop();
  gate_.close();
  gate_.cancel();
  co_await gate_.drained();
  co_await context_.readiness.stop();
}

}  // namespace longshore::http
