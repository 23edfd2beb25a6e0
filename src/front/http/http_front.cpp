#include "front/http/http_front.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "front/http/session.h"

namespace longshore::http {
namespace {

using Steady = std::chrono::steady_clock;

constexpr Millis kDrainLook{20};   // how often a drain looks whether the last request has gone
constexpr Millis kLastWord{3000};  // for progress streams to notice that it has, and to tell their clients

/// nullopt: cancelled, as a drain does with what is left.
std::optional<std::string> what_failed(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    if (error.code() == boost::asio::error::operation_aborted) return std::nullopt;
    return error.code().message();
  } catch (const std::exception& error) {
    return error.what();
  }
}

Task<void> becomes_none(const std::atomic<int>& counter, Timers& timers, Steady::time_point deadline) {
  while (counter > 0 && Steady::now() < deadline) co_await timers.sleep_for(kDrainLook);
}

}  // namespace

HttpFront::HttpFront(FrontPorts ports, HttpConfig config) : context_(std::move(ports), std::move(config)) {}

boost::asio::ip::tcp::endpoint HttpFront::listen(const std::vector<boost::asio::io_context*>& loops,
                                                 const ListenerOptions& options, Surface surface) {
  auto listener = std::make_unique<Listener>(loops, options, callbacks(surface), gate_);
  const auto endpoint = listener->endpoint();
  listener->start();
  listeners_.push_back(std::move(listener));
  return endpoint;
}

ListenerCallbacks HttpFront::callbacks(Surface surface) {
  const FrontPorts& ports = context_.ports;
  return {
      .serve = [this,
                surface](boost::asio::ip::tcp::socket socket) { return serve(std::move(socket), surface); },
      .on_serve_error =
          [&ports](const std::exception_ptr& failure) {
            const auto what = what_failed(failure);
            if (what) ports.log.error("a connection ended by an error", {{"what", *what}});
          },
      .on_accept_error =
          [&ports](const boost::system::error_code& error) {
            ports.metrics.accept_errors_total.add();
            ports.log.warn("a connection could not be accepted", {{"what", error.message()}});
          },
      .on_refused =
          [&ports](const boost::asio::ip::address&) { ports.metrics.connections_refused_total.add(); },
  };
}

Task<void> HttpFront::serve(boost::asio::ip::tcp::socket socket, Surface surface) {
  struct Open {
    explicit Open(Gauge& of) : gauge(of) { gauge.add(1); }
    ~Open() { gauge.add(-1); }
    Gauge& gauge;
  };
  const Open open(context_.ports.metrics.connections_open);
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
}

}  // namespace longshore::http
