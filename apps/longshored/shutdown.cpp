#include "apps/longshored/shutdown.h"

#include <csignal>
#include <exception>
#include <utility>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/race.h"

namespace longshore::server {
namespace {

// Events that do not get out in this time are published after the next start.
constexpr Millis kLastEvents{5000};

}  // namespace

Task<void> shut_down_on_signal(Running running, Log log) {
  boost::asio::signal_set signals(co_await boost::asio::this_coro::executor, SIGINT, SIGTERM);
  const int signal = co_await signals.async_wait(boost::asio::use_awaitable);
  signals.clear();
  log.info("draining", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"},
                        {"requests", running.fronts.in_flight()},
                        {"drain_timeout_ms", running.drain_timeout}});
  co_await running.fronts.drain(running.drain_timeout);
  co_await running.background.stop();
  std::string not_published;
  try {
    if (!co_await ends_within(running.timers, kLastEvents, running.background.publish_rest())) {
      not_published = "out of time";
    }
  } catch (const std::exception& error) {
    not_published = error.what();
  }
  if (!not_published.empty()) log.warn("events wait for the next start", {{"error", not_published}});
  co_await running.adapters.close();
  log.info("stopped");
  running.loops.stop();
}

}  // namespace longshore::server
