#include "net/race.h"

#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace longshore {

namespace asio = boost::asio;

namespace {

asio::awaitable<void> beat_until_lost(Timers& timers, Millis period,
                                      std::function<asio::awaitable<bool>()> beat) {
  for (bool held = true; held;) {
    co_await timers.sleep_for(period);
    held = co_await beat();
  }
}

}  // namespace

asio::awaitable<bool> ends_before(asio::awaitable<void> operation, asio::awaitable<void> rival) {
  auto executor = co_await asio::this_coro::executor;
  constexpr std::size_t kOperation = 0;
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(operation), asio::deferred),
      asio::co_spawn(executor, std::move(rival), asio::deferred));
  auto [order, operation_error, rival_error] = co_await both.async_wait(asio::experimental::wait_for_one(),
                                                                        asio::use_awaitable);

  const auto outer = co_await asio::this_coro::cancellation_state;
  const bool cancelled_from_outside = outer.cancelled() != asio::cancellation_type::none;
  if (order[0] != kOperation && !cancelled_from_outside) co_return false;
  if (operation_error) std::rethrow_exception(operation_error);
  co_return true;
}

asio::awaitable<bool> ends_within(Timers& timers, Millis limit, asio::awaitable<void> operation) {
  return ends_before(std::move(operation), timers.sleep_for(limit));
}

asio::awaitable<bool> with_heartbeat(Timers& timers, Millis period,
                                     std::function<asio::awaitable<bool>()> beat,
                                     asio::awaitable<void> operation) {
  return ends_before(std::move(operation), beat_until_lost(timers, period, std::move(beat)));
}

}  // namespace longshore
