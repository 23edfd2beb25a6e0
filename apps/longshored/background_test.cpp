#include "apps/longshored/background.h"

#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore::server {
namespace {

using namespace std::chrono_literals;

/// Notes every pause and lets it pass at once, until it is told to end: then it hangs as a timer would.
class NotingTimers final : public Timers {
 public:
  Task<void> sleep_for(Millis duration) override {
    pauses.push_back(duration);
    co_await asio_.sleep_for(pauses.size() < most ? Millis{0} : Millis{1h});
  }
  std::vector<Millis> pauses;
  std::size_t most = 20;

 private:
  AsioTimers asio_;
};

class BackgroundTest : public testing::Test {
 protected:
  Task<int> sweep(int limit) {
    ++sweeps_;
    if (sweeps_ == 1) co_return limit;  // there is more
    if (sweeps_ == 2) throw Error(Reason::catalog_unavailable, "gone");
    co_return 0;
  }
  Task<int> drain(int) {
    if (++drains_ <= 3) co_return 5;
    if (drains_ == 4) throw Error(Reason::catalog_unavailable, "gone");
    co_return 0;
  }
  Task<void> refresh() {
    ++refreshes_;
    co_return;
  }

  /// Runs until the timers hang in both loops, then stops.
  void run() {
    Background background({.sweep = [this](int limit) { return sweep(limit); },
                           .sweep_interval = 60s,
                           .drain_outbox = [this](int limit) { return drain(limit); },
                           .refresh_gauges = [this] { return refresh(); }},
                          timers_, random_, metrics_, Log::none());
    boost::asio::io_context loop;
    background.start(loop.get_executor());
    while (timers_.pauses.size() < timers_.most + 1) loop.run_one();
    auto stopped = boost::asio::co_spawn(loop, background.stop(), boost::asio::use_future);
    loop.run();
    stopped.get();
  }

  int sweeps_ = 0;
  int drains_ = 0;
  int refreshes_ = 0;
  NotingTimers timers_;
  SystemRandom random_;
  Metrics metrics_;
};

/// An outbox whose claims are kept by the drainer's name, as a catalog keeps them.
struct ClaimedOutbox {
  int waiting = 3;
  std::string claimed_by;
  AsioTimers timers;

  Task<int> drain(std::string drainer) {
    if (!claimed_by.empty() && claimed_by != drainer) co_return 0;
    if (claimed_by.empty()) {
      claimed_by = drainer;
      co_await timers.sleep_for(Millis{1h});  // the sink: it is cancelled
    }
    if (waiting == 0) co_return 0;
    --waiting;
    co_return 1;
  }
};

TEST_F(BackgroundTest, TheRestIsPublishedByTheDrainerOfTheLoop) {
  ClaimedOutbox outbox;
  Background background({.sweep = [this](int limit) { return sweep(limit); },
                         .sweep_interval = 60s,
                         .drain_outbox = [&](int) { return outbox.drain("one name"); },
                         .refresh_gauges = [this] { return refresh(); }},
                        timers_, random_, metrics_, Log::none());
  boost::asio::io_context loop;
  background.start(loop.get_executor());
  while (outbox.claimed_by.empty()) loop.run_one();
  auto stopped = boost::asio::co_spawn(loop, background.stop(), boost::asio::use_future);
  loop.run();
  stopped.get();
  EXPECT_EQ(outbox.waiting, 3) << "the turn was cancelled with its claim";

  auto published = boost::asio::co_spawn(loop, background.publish_rest(), boost::asio::use_future);
  loop.restart();
  loop.run();
  published.get();
  EXPECT_EQ(outbox.waiting, 0);
}

TEST_F(BackgroundTest, GoesOnAfterErrorsAndAtOnceWhereThereIsMore) {
  run();
  EXPECT_GE(sweeps_, 3);
  EXPECT_GE(drains_, 5);
  EXPECT_GE(refreshes_, 1);
  const std::string metrics = metrics_.exposition();
  EXPECT_NE(metrics.find("longshore_sweep_runs_total{outcome=\"error\"} 1"), std::string::npos) << metrics;
  int sweep_pauses = 0;
  for (const Millis pause : timers_.pauses) {
    if (pause >= 45s && pause <= 75s)
      ++sweep_pauses;
    else
      EXPECT_TRUE(pause == 200ms || pause == 1s) << pause.count();
  }
  EXPECT_EQ(sweep_pauses, sweeps_ - 1);  // none after the first
}

}  // namespace
}  // namespace longshore::server
