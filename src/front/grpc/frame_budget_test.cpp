#include "front/grpc/frame_budget.h"

#include <gtest/gtest.h>

namespace longshore::grpc {
namespace {

using std::chrono::seconds;

int spend_all(FrameBudget& budget, FrameBudget::Steady::time_point now) {
  int spent = 0;
  while (spent < 100'000 && budget.spend(now)) ++spent;
  return spent;
}

TEST(FrameBudget, AFloodRunsOut) {
  const FrameBudget::Steady::time_point start{};
  FrameBudget budget(start);
  EXPECT_EQ(spend_all(budget, start), 2000);
  EXPECT_EQ(spend_all(budget, start + seconds{1}), 100);
  EXPECT_EQ(spend_all(budget, start + seconds{1000}), 2000);
}

TEST(FrameBudget, WorkEarns) {
  const FrameBudget::Steady::time_point start{};
  FrameBudget budget(start);
  spend_all(budget, start);
  budget.earn(FrameBudget::kACall);
  EXPECT_EQ(spend_all(budget, start), 10);
  budget.earn(1e9);
  EXPECT_EQ(spend_all(budget, start), 2000);
}

TEST(FrameBudget, KeepaliveForADay) {
  FrameBudget::Steady::time_point now{};
  FrameBudget budget(now);
  for (int i = 0; i < 86'400; ++i) ASSERT_TRUE(budget.spend(now += seconds{1}));
}

}  // namespace
}  // namespace longshore::grpc
