#include "apps/longshored/background.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore::server {
namespace {

using namespace std::chrono_literals;

/// Notes every pause and lets it pass at once.
class NotingTimers final : public Timers {
 public:
  Task<void> sleep_for(Millis duration) override {
    pauses.push_back(duration);
    co_await asio_.sleep_for(Millis{0});
  }
  std::vector<Millis> pauses;

 private:
  AsioTimers asio_;
};

/// No pause ends but by a cancellation.
class SleepyTimers final : public Timers {
 public:
  Task<void> sleep_for(Millis /*duration*/) override { co_await asio_.sleep_for(Millis{1h}); }

 private:
  AsioTimers asio_;
};

// What a turn comes to.
Task<int> did(int rows) {
  AsioTimers timers;
  co_await timers.sleep_for(Millis{0});  // others have their turn
  co_return rows;
}
Task<int> hangs() {
  AsioTimers timers;
  co_await timers.sleep_for(Millis{1h});
  co_return 0;
}
Task<int> fails() {
  throw Error(Reason::catalog_unavailable, "gone");
  co_return 0;
}
Task<void> without_answer(Task<int> turn) { co_await std::move(turn); }

class BackgroundTest : public testing::Test {
 protected:
  /// What a test does not care about: there is nothing to do.
  BackgroundWork idle() {
    return {.sweep = [](int) { return did(0); },
            .sweep_interval = 60s,
            .drain_outbox = [](int) { return did(0); },
            .refresh_gauges = [] { return without_answer(did(0)); },
            .trim_memory = [] {}};
  }

  /// Runs until the condition holds, then stops.
  void run(const BackgroundWork& work, const std::function<bool()>& enough) {
    Background background(work, timers_, random_, metrics_, Log::none());
    run(background, enough);
  }
  void run(Background& background, const std::function<bool()>& enough) {
    background.start(loop_.get_executor());
    while (!enough()) loop_.run_one();
    finish(background.stop());
  }
  void finish(Task<void> task) {
    auto finished = boost::asio::co_spawn(loop_, std::move(task), boost::asio::use_future);
    loop_.restart();
    loop_.run();
    finished.get();
  }

  boost::asio::io_context loop_;
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
  BackgroundWork work = idle();
  work.drain_outbox = [&](int) { return outbox.drain("one name"); };
  Background background(work, timers_, random_, metrics_, Log::none());
  run(background, [&] { return !outbox.claimed_by.empty(); });
  EXPECT_EQ(outbox.waiting, 3) << "the turn was cancelled with its claim";
  finish(background.publish_rest());
  EXPECT_EQ(outbox.waiting, 0);
}

TEST_F(BackgroundTest, SweepsOnAtOnceWhereThereIsMoreAndAfterAPauseElse) {
  int sweeps = 0;
  BackgroundWork work = idle();
  work.sweep = [&](int limit) { return did(++sweeps <= 10 ? limit : 0); };
  work.drain_outbox = [](int) { return hangs(); };
  work.refresh_gauges = [] { return without_answer(hangs()); };
  run(work, [&] { return sweeps == 20; });
  std::erase(timers_.pauses, Millis{5s});  // of the trimming
  EXPECT_LE(std::ssize(timers_.pauses), sweeps - 10) << "there was more after the first ten";
  EXPECT_GE(std::ssize(timers_.pauses), sweeps - 10 - Background::kSweepLoops);
  for (const Millis pause : timers_.pauses) EXPECT_TRUE(pause >= 45s && pause <= 75s) << pause.count();
}

TEST_F(BackgroundTest, ARowThatTakesLongDoesNotHoldUpTheSweep) {
  static_assert(Background::kSweepLoops > 1);
  int sweeps = 0;
  BackgroundWork work = idle();
  work.sweep = [&](int) { return ++sweeps < Background::kSweepLoops ? hangs() : did(0); };
  run(work, [&] { return sweeps == 20; });
}

TEST_F(BackgroundTest, GaugesDoNotWaitForAPauseOfTheOutbox) {
  int refreshes = 0;
  BackgroundWork work = idle();
  work.drain_outbox = [](int limit) { return did(limit); };  // there is always more
  work.refresh_gauges = [&] { return without_answer(did(++refreshes)); };
  run(work, [&] { return refreshes == 3; });
  EXPECT_GE(std::count(timers_.pauses.begin(), timers_.pauses.end(), Millis{5s}), 2);
}

TEST_F(BackgroundTest, MemoryIsTrimmedAgainAndAgain) {
  int trims = 0;
  BackgroundWork work = idle();
  work.trim_memory = [&] { ++trims; };
  work.refresh_gauges = [] { return without_answer(hangs()); };  // the catalog does not answer
  run(work, [&] { return trims == 3; });
}

TEST_F(BackgroundTest, GoesOnAfterErrors) {
  int sweeps = 0;
  int drains = 0;
  int refreshes = 0;
  const auto fails_first = [](int& turns) { return ++turns == 1 ? fails() : did(0); };
  BackgroundWork work = idle();
  work.sweep = [&](int) { return fails_first(sweeps); };
  work.drain_outbox = [&](int) { return fails_first(drains); };
  work.refresh_gauges = [&] { return without_answer(fails_first(refreshes)); };
  run(work, [&] { return sweeps > 10 && drains > 1 && refreshes > 1; });
  const std::string metrics = metrics_.exposition();
  EXPECT_NE(metrics.find("longshore_sweep_runs_total{outcome=\"error\"} 1"), std::string::npos) << metrics;
  EXPECT_EQ(std::count(timers_.pauses.begin(), timers_.pauses.end(), Millis{1s}), 1) << "of the outbox";
}

TEST_F(BackgroundTest, FreshEventsEndThePause) {
  int drains = 0;
  BackgroundWork work = idle();
  work.drain_outbox = [&](int) {
    ++drains;
    return did(0);
  };
  work.fresh_events = [] { return without_answer(did(0)); };
  SleepyTimers timers;
  Background background(work, timers, random_, metrics_, Log::none());
  run(background, [&] { return drains == 3; });
}

}  // namespace
}  // namespace longshore::server
