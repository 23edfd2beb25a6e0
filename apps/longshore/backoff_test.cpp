#include "apps/longshore/backoff.h"

#include <gtest/gtest.h>

namespace longshore::cli {
namespace {

constexpr RetryLimits kLimits{
    .first_wait = Millis{100}, .longest_wait = Millis{1000}, .give_up_after = Millis{5000}};

TEST(Backoff, WaitsBetweenHalfAndAllOfACeilingThatDoubles) {
  SystemRandom random;
  const Failure away(reasons::kServerUnreachable, "refused", Failure::Cure::later);
  for (int round = 0; round < 50; ++round) {
    Backoff backoff(kLimits, random);
    for (const std::int64_t ceiling : {100, 200, 400, 800, 1000, 1000, 1000}) {
      const auto wait = backoff.next(away, Millis{0});
      ASSERT_TRUE(wait);
      EXPECT_GE(wait->count(), ceiling / 2);
      EXPECT_LE(wait->count(), ceiling);
    }
  }
}

TEST(Backoff, DoesNotOverflow) {
  SystemRandom random;
  const Failure away(reasons::kServerUnreachable, "refused", Failure::Cure::later);
  Backoff backoff(kLimits, random);
  for (int i = 0; i < 100; ++i) ASSERT_LE(backoff.next(away, Millis{0}), Millis{1000});
}

TEST(Backoff, HonoursRetryAfter) {
  SystemRandom random;
  Backoff backoff(kLimits, random);
  Failure busy("BUSY", "later", Failure::Cure::later);
  busy.retry_after = Millis{3000};
  EXPECT_EQ(backoff.next(busy, Millis{0}), Millis{3000});
  EXPECT_EQ(backoff.next(busy, Millis{2500}), std::nullopt);  // would end beyond the limit
}

TEST(Backoff, GivesUp) {
  SystemRandom random;
  Backoff backoff(kLimits, random);
  EXPECT_EQ(backoff.next(Failure("NOT_FOUND", "no"), Millis{0}), std::nullopt);
  const Failure away(reasons::kServerUnreachable, "refused", Failure::Cure::later);
  EXPECT_TRUE(backoff.next(away, Millis{4000}));
  EXPECT_EQ(backoff.next(away, Millis{5000}), std::nullopt);
}

TEST(Backoff, TriesAStaleConnectionAgainAtOnce) {
  SystemRandom random;
  Backoff backoff(kLimits, random);
  EXPECT_EQ(backoff.next(Failure("X", "x", Failure::Cure::at_once), Millis{0}), Millis{0});
}

}  // namespace
}  // namespace longshore::cli
