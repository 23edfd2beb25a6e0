#include "apps/longshored/doorbell.h"

#include <thread>

#include <gtest/gtest.h>

#include "net/race.h"
#include "tests/fakes/await.h"

namespace longshore::server {
namespace {

constexpr Millis kLong{20'000};

TEST(Doorbell, WakesWhoWaitsFromAnotherThread) {
  Doorbell bell;
  AsioTimers timers;
  std::thread other([&] {
    await(timers.sleep_for(Millis{20}));
    bell.ring();
  });
  EXPECT_TRUE(await(ends_within(timers, kLong, bell.rung())));
  other.join();
}

TEST(Doorbell, RingsBeforehandAreHeardOnce) {
  Doorbell bell;
  AsioTimers timers;
  bell.ring();
  bell.ring();
  EXPECT_TRUE(await(ends_within(timers, kLong, bell.rung())));
  EXPECT_FALSE(await(ends_within(timers, Millis{10}, bell.rung())));
}

TEST(Doorbell, WhoGaveUpTakesNoRing) {
  Doorbell bell;
  AsioTimers timers;
  EXPECT_FALSE(await(ends_within(timers, Millis{10}, bell.rung())));
  bell.ring();
  EXPECT_TRUE(await(ends_within(timers, kLong, bell.rung())));
}

}  // namespace
}  // namespace longshore::server
