#include "net/race.h"

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include "net/step_context_test.h"

namespace longshore {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using boost::system::system_error;
using namespace std::chrono_literals;

class RaceTest : public testing::Test {
 protected:
  struct Outcome {
    bool ended = false;
    bool value = false;
    std::exception_ptr error;
  };

  /// Starts it; the outcome is filled when it ends. cancel_ cancels it from outside.
  void start(awaitable<bool> race) {
    asio::co_spawn(context_.get_executor(), std::move(race),
                   asio::bind_cancellation_slot(cancel_.slot(), [this](std::exception_ptr error, bool value) {
                     outcome_ = {true, value, error};
                   }));
    context_.run();
  }
  void advance(Millis duration) { timers_.advance(context_, duration); }
  bool ended_with(bool value) const { return outcome_.ended && !outcome_.error && outcome_.value == value; }
  bool ended_aborted() const {
    try {
      if (outcome_.error) std::rethrow_exception(outcome_.error);
    } catch (const system_error& error) {
      return error.code() == asio::error::operation_aborted;
    }
    return false;
  }

  awaitable<void> log_after(Millis duration, std::string text) {
    co_await timers_.sleep_for(duration);
    log_.push_back(std::move(text));
  }
  awaitable<void> throw_after(Millis duration) {
    co_await timers_.sleep_for(duration);
    throw std::runtime_error("broken");
  }
  /// Needs `clean_up_ms` more after it was cancelled.
  awaitable<void> slow_to_cancel(Millis duration, Millis clean_up) {
    std::exception_ptr cancelled;
    try {
      co_await timers_.sleep_for(duration);
    } catch (...) {
      cancelled = std::current_exception();
    }
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::this_coro::reset_cancellation_state();
    co_await timers_.sleep_for(clean_up);
    log_.push_back("cleaned up");
    if (cancelled) std::rethrow_exception(cancelled);
  }
  awaitable<void> inner_deadline() {
    const bool in_time = co_await ends_within(timers_, 3s, log_after(1min, "never"));
    log_.push_back(in_time ? "in time" : "inner limit");
    co_await timers_.sleep_for(1min);
  }
  std::function<awaitable<bool>()> beats(int held) {
    return [this, left = std::make_shared<int>(held)] { return beat(left); };
  }
  awaitable<bool> beat(std::shared_ptr<int> left) {
    log_.push_back("beat");
    co_return (*left)-- > 0;
  }
  static awaitable<bool> broken_beat() {
    throw std::runtime_error("no beat");
    co_return true;
  }

  using Log = std::vector<std::string>;

  StepContext context_;
  ManualTimers timers_;
  asio::cancellation_signal cancel_;
  Outcome outcome_;
  Log log_;
};

TEST_F(RaceTest, OperationEndsInTimeAndTheTimerIsGone) {
  start(ends_within(timers_, 10s, log_after(9s, "done")));
  advance(8s);
  EXPECT_FALSE(outcome_.ended);
  advance(1s);
  EXPECT_TRUE(ended_with(true));
  EXPECT_EQ(log_, Log{"done"});
  EXPECT_EQ(timers_.sleepers(), 0U);
}

TEST_F(RaceTest, LimitCancelsTheOperation) {
  start(ends_within(timers_, 10s, log_after(11s, "done")));
  advance(10s);
  EXPECT_TRUE(ended_with(false));
  EXPECT_EQ(timers_.sleepers(), 0U);
  advance(10s);
  EXPECT_EQ(log_, Log{});
}

TEST_F(RaceTest, ErrorOfTheOperationArrivesAtOnce) {
  start(ends_within(timers_, 10s, throw_after(1s)));
  advance(1s);
  ASSERT_TRUE(outcome_.ended);
  EXPECT_THROW(std::rethrow_exception(outcome_.error), std::runtime_error);
  EXPECT_EQ(timers_.sleepers(), 0U);
}

TEST_F(RaceTest, OperationThatCleansUpIsAwaited) {
  start(ends_within(timers_, 10s, slow_to_cancel(1min, 5s)));
  advance(14s);
  EXPECT_FALSE(outcome_.ended);
  advance(1s);
  EXPECT_TRUE(ended_with(false));
  EXPECT_EQ(log_, Log{"cleaned up"});
}

TEST_F(RaceTest, OuterCancellationReachesTheOperation) {
  start(ends_within(timers_, 10s, slow_to_cancel(5s, 1s)));
  advance(2s);
  cancel_.emit(asio::cancellation_type::terminal);
  context_.run();
  EXPECT_FALSE(outcome_.ended);
  advance(1s);
  EXPECT_TRUE(ended_aborted());
  EXPECT_EQ(log_, Log{"cleaned up"});
  EXPECT_EQ(timers_.sleepers(), 0U);
}

TEST_F(RaceTest, DeadlinesNest) {
  start(ends_within(timers_, 10s, inner_deadline()));
  advance(3s);
  EXPECT_EQ(log_, Log{"inner limit"});
  EXPECT_FALSE(outcome_.ended);
  advance(7s);
  EXPECT_TRUE(ended_with(false));
}

TEST_F(RaceTest, AnOperationThatNeverWaits) {
  start(ends_within(timers_, 10s, log_after(0s, "done")));
  advance(0s);
  EXPECT_TRUE(ended_with(true));
}

TEST_F(RaceTest, HeartBeatsWhileTheOperationRuns) {
  start(with_heartbeat(timers_, 5s, beats(100), log_after(14s, "done")));
  advance(14s);
  EXPECT_TRUE(ended_with(true));
  EXPECT_EQ(log_, (Log{"beat", "beat", "done"}));
  EXPECT_EQ(timers_.sleepers(), 0U);
}

TEST_F(RaceTest, ALostLeaseCancelsTheOperation) {
  start(with_heartbeat(timers_, 5s, beats(1), slow_to_cancel(1min, 2s)));
  advance(11s);
  EXPECT_FALSE(outcome_.ended);
  advance(1s);
  EXPECT_TRUE(ended_with(false));
  EXPECT_EQ(log_, (Log{"beat", "beat", "cleaned up"}));
  EXPECT_EQ(timers_.sleepers(), 0U);
}

TEST_F(RaceTest, ABeatThatThrowsCountsAsLost) {
  start(with_heartbeat(timers_, 5s, [] { return broken_beat(); }, log_after(1min, "done")));
  advance(5s);
  EXPECT_TRUE(ended_with(false));
  EXPECT_EQ(log_, Log{});
}

TEST_F(RaceTest, ErrorOfTheOperationPassesTheHeartbeat) {
  start(with_heartbeat(timers_, 5s, beats(100), throw_after(6s)));
  advance(6s);
  ASSERT_TRUE(outcome_.ended);
  EXPECT_THROW(std::rethrow_exception(outcome_.error), std::runtime_error);
}

TEST_F(RaceTest, OuterCancellationPassesTheHeartbeat) {
  start(with_heartbeat(timers_, 5s, beats(100), slow_to_cancel(1min, 1s)));
  advance(7s);
  cancel_.emit(asio::cancellation_type::terminal);
  advance(1s);
  EXPECT_TRUE(ended_aborted());
  EXPECT_EQ(log_, (Log{"beat", "cleaned up"}));
}

TEST_F(RaceTest, DroppedInTheMiddleNothingLeaks) {  // the sanitizers watch
  start(with_heartbeat(timers_, 5s, beats(100), slow_to_cancel(1min, 1s)));
  advance(7s);
}

}  // namespace
}  // namespace longshore
