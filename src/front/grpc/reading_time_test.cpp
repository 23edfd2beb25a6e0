#include "front/grpc/reading_time.h"

#include <chrono>
#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace longshore::grpc {
namespace {

constexpr Millis kPatience{30};

class ReadingTimeTest : public testing::Test {
 protected:
  void run(Task<void> work) {
    boost::asio::co_spawn(loop_, std::move(work), [](const std::exception_ptr& failure) {
      if (failure) std::rethrow_exception(failure);
    });
  }
  /// How long the whole took.
  Millis run_to_end() {
    const auto begun = std::chrono::steady_clock::now();
    loop_.run();
    return std::chrono::ceil<Millis>(std::chrono::steady_clock::now() - begun);
  }
  Task<void> wait() { co_await wait_for_client(changed_, patience_, time_, timers_); }
  Task<void> notify_after(Millis delay) {
    co_await timers_.sleep_for(delay);
    changed_.notify();
  }

  boost::asio::io_context loop_;
  AsioTimers timers_;
  ReadingTime time_;
  Signal changed_;
  Patience patience_{0, kPatience};
};

TEST_F(ReadingTimeTest, StandsStillWhileNothingIsRead) {
  const auto before = time_.now();
  {
    const ReadingTime::Pause pause(time_);
    const auto paused = time_.now();
    run(notify_after(kPatience));
    run_to_end();
    EXPECT_EQ(time_.now(), paused);
    EXPECT_TRUE(time_.stands_still());
  }
  const auto counted = time_.now() - before;
  EXPECT_LE(counted, std::chrono::steady_clock::now() - before - kPatience);
  EXPECT_FALSE(time_.stands_still());
}

TEST_F(ReadingTimeTest, AClientPaysForTheWait) {
  run(wait());
  EXPECT_GE(run_to_end(), kPatience);
  EXPECT_EQ(patience_.left(), Millis{0});
}

TEST_F(ReadingTimeTest, AChangeEndsTheWait) {
  patience_ = Patience(0, Millis{60'000});
  run(wait());
  run(notify_after(Millis{5}));
  EXPECT_LT(run_to_end(), Millis{10'000});
  EXPECT_LT(patience_.left(), Millis{60'000});
}

TEST_F(ReadingTimeTest, NoClientPaysWhileNothingIsRead) {
  const ReadingTime::Pause pause(time_);
  run(wait());
  run(notify_after(2 * kPatience));
  EXPECT_GE(run_to_end(), 2 * kPatience);
  EXPECT_EQ(patience_.left(), kPatience);
}

}  // namespace
}  // namespace longshore::grpc
