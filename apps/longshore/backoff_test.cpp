#include "apps/longshore/backoff.h"

#include <gtest/gtest.h>

namespace longshore::cli {
namespace {

constexpr RetryLimits kLimits{
    .first_wait = Millis{100}, .longest_wait = Millis{1000}, .give_up_after = Millis{5000}};

constexpr Backoff::Time kStart{};
const Failure kAway(reasons::kServerUnreachable, "refused", Failure::Cure::later);

TEST(Backoff, WaitsBetweenHalfAndAllOfACeilingThatDoubles) {
  SystemRandom random;
  for (int round = 0; round < 50; ++round) {
    Backoff backoff(kLimits, random);
    for (const std::int64_t ceiling : {100, 200, 400, 800, 1000, 1000, 1000}) {
      const auto wait = backoff.next(kAway, kStart);
      ASSERT_TRUE(wait);
      EXPECT_GE(wait->count(), ceiling / 2);
      EXPECT_LE(wait->count(), ceiling);
    }
  }
}

TEST(Backoff, DoesNotOverflow) {
  SystemRandom random;
  Backoff backoff(kLimits, random);
  for (int i = 0; i < 100; ++i) ASSERT_LE(backoff.next(kAway, kStart), Millis{1000});
}

TEST(Backoff, HonoursRetryAfter) {
  SystemRandom random;
  Backoff backoff(kLimits, random);
  Failure busy("BUSY", "later", Failure::Cure::later);
  busy.retry_after = Millis{3000};
  EXPECT_EQ(backoff.next(busy, kStart), Millis{3000});
  EXPECT_EQ(backoff.next(busy, kStart + Millis{2500}), std::nullopt);  // would end beyond the limit
}

TEST(Backoff, GivesUp) {
  SystemRandom random;
  Backoff backoff(kLimits, random);
  EXPECT_EQ(backoff.next(Failure("NOT_FOUND", "no"), kStart), std::nullopt);
  EXPECT_TRUE(backoff.next(kAway, kStart));
  EXPECT_TRUE(backoff.next(kAway, kStart + Millis{4000}));
  EXPECT_EQ(backoff.next(kAway, kStart + Millis{5000}), std::nullopt);
}

TEST(Backoff, CountsFromTheFirstFailureAnewAfterProgress) {
  SystemRandom random;
  Backoff backoff(kLimits, random);
  EXPECT_TRUE(backoff.next(kAway, kStart));
  EXPECT_TRUE(backoff.next(kAway, kStart + Millis{4000}));
  backoff.progressed();
  const auto first = backoff.next(kAway, kStart + Millis{60'000});
  ASSERT_TRUE(first);
  EXPECT_LE(*first, kLimits.first_wait);
  EXPECT_TRUE(backoff.next(kAway, kStart + Millis{64'000}));
  EXPECT_EQ(backoff.next(kAway, kStart + Millis{65'000}), std::nullopt);
}

TEST(Backoff, ALongTryIsNoAbsence) {
  SystemRandom random;
  Backoff backoff(kLimits, random);
  const Millis long_try = Backoff::kLongestStall + kLimits.longest_wait;
  for (int tries = 1; tries <= 5; ++tries) {  // each fails after it has sent for minutes
    EXPECT_TRUE(backoff.next(kAway, kStart + tries * long_try)) << tries;
  }
}

}  // namespace
}  // namespace longshore::cli
