#include "net/gate.h"

#include <atomic>
#include <optional>
#include <stdexcept>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include "net/race.h"
#include "net/step_context_test.h"

namespace longshore {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using namespace std::chrono_literals;

void no_error_expected(std::exception_ptr error) { EXPECT_FALSE(error); }

class GateTest : public testing::Test {
 protected:
  awaitable<void> sleeper(Millis duration) {
    ++started_;
    co_await timers_.sleep_for(duration);
    ++ended_;
  }
  static awaitable<void> thrower() {
    throw std::runtime_error("broken");
    co_return;
  }
  awaitable<void> drain() {
    co_await gate_.drained();
    drained_ = true;
  }
  bool spawn(awaitable<void> work) {
    return gate_.spawn(context_.get_executor(), std::move(work), [this](std::exception_ptr) { ++errors_; });
  }
  void start_drain() {
    asio::co_spawn(context_.get_executor(), drain(),
                   [this](std::exception_ptr error) { drain_error_ = error; });
    context_.run();
  }

  StepContext context_;
  ManualTimers timers_;
  Gate gate_;
  int started_ = 0;
  int ended_ = 0;
  int errors_ = 0;
  bool drained_ = false;
  std::exception_ptr drain_error_;
};

TEST_F(GateTest, DrainsWhenTheLastOneHasLeft) {
  EXPECT_TRUE(spawn(sleeper(1s)));
  EXPECT_TRUE(spawn(sleeper(2s)));
  EXPECT_EQ(started_, 0);  // never runs inside spawn()
  context_.run();
  EXPECT_EQ(gate_.running(), 2U);
  gate_.close();
  start_drain();
  timers_.advance(context_, 1s);
  EXPECT_EQ(gate_.running(), 1U);
  EXPECT_FALSE(drained_);
  timers_.advance(context_, 1s);
  EXPECT_TRUE(drained_);
  EXPECT_EQ(ended_, 2);
}

TEST_F(GateTest, AnEmptyGateIsDrained) {
  gate_.close();
  start_drain();
  EXPECT_TRUE(drained_);
}

TEST_F(GateTest, NobodyEntersAClosedGate) {
  gate_.close();
  gate_.close();
  EXPECT_FALSE(spawn(sleeper(1s)));
  context_.run();
  EXPECT_EQ(started_, 0);
  EXPECT_EQ(gate_.running(), 0U);
}

TEST_F(GateTest, AnErrorIsReportedAndLeaves) {
  EXPECT_TRUE(spawn(thrower()));
  context_.run();
  EXPECT_EQ(errors_, 1);
  EXPECT_EQ(gate_.running(), 0U);
}

TEST_F(GateTest, CancelReachesAllAlsoThoseThatHaveNotStarted) {
  EXPECT_TRUE(spawn(sleeper(1h)));
  context_.run();
  gate_.cancel();
  EXPECT_TRUE(spawn(sleeper(1h)));  // entered afterwards: not meant
  context_.run();
  EXPECT_EQ(errors_, 1);  // operation_aborted left the first one
  EXPECT_EQ(gate_.running(), 1U);
  EXPECT_TRUE(spawn(sleeper(1h)));
  gate_.cancel();
  context_.run();
  EXPECT_EQ(gate_.running(), 0U);
  EXPECT_EQ(ended_, 0);
  EXPECT_EQ(timers_.sleepers(), 0U);
}

TEST_F(GateTest, ACancelThatOvertakesTheStartIsNotLost) {
  EXPECT_TRUE(spawn(sleeper(1h)));
  gate_.cancel();
  context_.run_last_first();
  EXPECT_EQ(gate_.running(), 0U);
  EXPECT_EQ(started_, 0);
}

TEST_F(GateTest, WaitingForTheDrainCanHaveADeadline) {
  EXPECT_TRUE(spawn(sleeper(1h)));
  context_.run();
  gate_.close();
  std::optional<bool> in_time;
  asio::co_spawn(context_.get_executor(), ends_within(timers_, 10s, gate_.drained()),
                 [&](std::exception_ptr, bool value) { in_time = value; });
  timers_.advance(context_, 10s);
  EXPECT_EQ(in_time, false);
  gate_.cancel();
  start_drain();
  EXPECT_TRUE(drained_);
}

TEST_F(GateTest, ACoroutineThatIsDroppedHasLeft) {
  Gate gate;
  {
    StepContext other;
    EXPECT_TRUE(gate.spawn(other.get_executor(), sleeper(1h), no_error_expected));
    EXPECT_EQ(gate.running(), 1U);
  }
  EXPECT_EQ(gate.running(), 0U);
}

awaitable<void> count_up(std::atomic<int>& counter, Millis pause) {
  AsioTimers timers;
  co_await timers.sleep_for(pause);
  ++counter;
}

TEST(GateThreadsTest, ManyThreadsShareAGate) {
  constexpr int kThreads = 4;
  constexpr int kEach = 250;
  std::vector<std::unique_ptr<asio::io_context>> loops;
  for (int i = 0; i < 2; ++i) loops.push_back(std::make_unique<asio::io_context>(1));
  Gate gate;
  std::atomic<int> counter{0};
  std::vector<std::thread> spawners;
  for (int t = 0; t < kThreads; ++t) {
    spawners.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        auto executor = loops[static_cast<std::size_t>(i % 2)]->get_executor();
        EXPECT_TRUE(gate.spawn(executor, count_up(counter, Millis{(i + t) % 3}), no_error_expected));
      }
    });
  }
  std::vector<std::thread> runners;
  for (auto& loop : loops) {
    runners.emplace_back([&loop] {
      auto busy = asio::make_work_guard(*loop);
      loop->run();
    });
  }
  for (auto& thread : spawners) thread.join();
  gate.close();
  asio::io_context main_loop;
  asio::co_spawn(main_loop, gate.drained(), no_error_expected);
  main_loop.run();
  EXPECT_EQ(counter, kThreads * kEach);
  for (auto& loop : loops) loop->stop();
  for (auto& thread : runners) thread.join();
}

TEST(GateThreadsTest, CancelFromAnotherThreadWhileTheyStart) {
  asio::thread_pool pool(2);
  auto strand = asio::make_strand(pool.get_executor());
  Gate gate;
  std::atomic<int> counter{0};
  for (int i = 0; i < 200; ++i)
    EXPECT_TRUE(gate.spawn(strand, count_up(counter, 1h), [](std::exception_ptr) {}));
  gate.close();
  gate.cancel();
  asio::io_context main_loop;
  asio::co_spawn(main_loop, gate.drained(), no_error_expected);
  main_loop.run();
  EXPECT_EQ(counter, 0);
  pool.join();
}

}  // namespace
}  // namespace longshore
