#include "s3/retry.h"

#include <gtest/gtest.h>

namespace longshore::s3 {
namespace {

TEST(Retry, PausesDoubleUpToTheLongestOne) {
  SystemRandom random;
  const RetryPolicy policy{.first_pause = Millis{100}, .pause_max = Millis{350}};
  for (const auto& [nth, longest] : {std::pair{1, 100}, {2, 200}, {3, 350}, {60, 350}}) {
    Millis seen{0};
    for (int i = 0; i < 500; ++i) {
      const auto pause = pause_before(nth, policy, std::nullopt, random);
      ASSERT_TRUE(pause);
      EXPECT_LE(*pause, Millis{longest});
      seen = std::max(seen, *pause);
    }
    EXPECT_GT(seen, Millis{longest * 3 / 4}) << nth;
  }
}

TEST(Retry, TheStoresWishIsHeeded) {
  SystemRandom random;
  const RetryPolicy policy;
  EXPECT_EQ(pause_before(1, policy, Millis{5000}, random), Millis{5000});
  EXPECT_EQ(pause_before(1, policy, Millis{60'001}, random), std::nullopt);
}

TEST(RetryBudget, AnOutageUsesItUpAndSuccessesRefillIt) {
  RetryBudget budget;
  int retries = 0;
  while (budget.take()) ++retries;
  EXPECT_EQ(retries, RetryBudget::kFull / RetryBudget::kCost);
  for (int i = 1; i < RetryBudget::kCost; ++i) budget.give_back();
  EXPECT_FALSE(budget.take());
  budget.give_back();
  EXPECT_TRUE(budget.take());
  for (int i = 0; i < 10 * RetryBudget::kFull; ++i) budget.give_back();
  retries = 0;
  while (budget.take()) ++retries;
  EXPECT_EQ(retries, RetryBudget::kFull / RetryBudget::kCost);
}

}  // namespace
}  // namespace longshore::s3
