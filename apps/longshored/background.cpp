#include "apps/longshored/background.h"

#include <utility>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "net/race.h"

namespace longshore::server {
namespace {

// A turn of one loop: few, since they are looked at one after the other, and what stands behind a slow one
// waits until its claim has run out.
constexpr int kSweepRows = 20;
constexpr int kOutboxRows = 256;  // a turn: one write to the sink for many nodes
// How long an event may wait that nobody tells of; an idle look costs one read of an index.
constexpr Millis kOutboxPause{200};
constexpr Millis kPauseAfterError{1000};
constexpr Millis kGaugesEvery{5000};
constexpr Millis kTrimEvery{5000};

/// `interval`, more or less a quarter: servers that were started together do not stay together.
Millis jittered(Millis interval, Random& random) {
  const auto quarter = static_cast<std::uint64_t>(interval.count() / 4);
  return interval - Millis{static_cast<std::int64_t>(quarter)} +
         Millis{static_cast<std::int64_t>(random.below(2 * quarter + 1))};
}

}  // namespace

Background::Background(BackgroundWork work, Timers& timers, Random& random, Metrics& metrics, Log log)
    : work_(std::move(work)), timers_(timers), random_(random), metrics_(metrics), log_(std::move(log)) {}

void Background::start(const boost::asio::any_io_executor& executor) {
  const auto ended = [](const std::exception_ptr&) {};  // by stop(): a turn that fails does not end its loop
  for (int i = 0; i < kSweepLoops; ++i) gate_.spawn(executor, sweep_loop(), ended);
  gate_.spawn(executor, outbox_loop(), ended);
  gate_.spawn(executor, gauges_loop(), ended);
  gate_.spawn(executor, trim_loop(), ended);
}

Task<void> Background::stop() {
  gate_.close();
  gate_.cancel();
  co_await gate_.drained();
}

Task<void> Background::publish_rest() {
  while (co_await work_.drain_outbox(kOutboxRows) > 0) {
  }
}

Task<void> Background::sweep_loop() {
  while (true) {
    int looked_at = 0;
    bool well = true;
    try {
      looked_at = co_await work_.sweep(kSweepRows);
    } catch (const std::exception& error) {
      report("sweep", error);
      well = false;
    }
    metrics_.sweep_runs_total.add({well});
    if (looked_at < kSweepRows) co_await timers_.sleep_for(jittered(work_.sweep_interval, random_));
  }
}

Task<void> Background::outbox_loop() {
  while (true) {
    bool well = true;
    try {
      if (co_await work_.drain_outbox(kOutboxRows) == 0) co_await wait_for_events(kOutboxPause);
    } catch (const std::exception& error) {
      report("outbox", error);
      well = false;
    }
    if (!well) co_await timers_.sleep_for(kPauseAfterError);
  }
}

Task<void> Background::wait_for_events(Millis at_most) {
  if (work_.fresh_events)
    co_await ends_within(timers_, at_most, work_.fresh_events());
  else
    co_await timers_.sleep_for(at_most);
}

Task<void> Background::gauges_loop() {
  while (true) {
    try {
      co_await work_.refresh_gauges();
    } catch (const std::exception& error) {
      report("gauges", error);
    }
    co_await timers_.sleep_for(kGaugesEvery);
  }
}

Task<void> Background::trim_loop() {
  while (true) {
    work_.trim_memory();
    co_await timers_.sleep_for(kTrimEvery);
  }
}

void Background::report(std::string_view work, const std::exception& error) const {
  const auto* system = dynamic_cast<const boost::system::system_error*>(&error);
  if (system != nullptr && system->code() == boost::asio::error::operation_aborted) throw;  // stop()
  log_.warn("background work failed; it is tried again", {{"work", work}, {"error", error.what()}});
}

}  // namespace longshore::server
