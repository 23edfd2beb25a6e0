#include "coordinator/lease_keeper.h"

#include <gtest/gtest.h>

#include "coordinator/fixture_test.h"

namespace longshore {
namespace {

class LeaseKeeperTest : public CoordinatorTest {
 protected:
  LeaseKeeperTest() {
    upload_ = open();
    put(upload_, 0, "aaaaa");
    leased_at_ = clock_.now();
    change([this](const LoadedOperation& row) {
      return start_completing(row.operation, row.node, row.now, mine_);
    });
    held_ = row(upload_);
  }
  void change(Steps::Decide decide) { stepper_.run(steps_.change(upload_, std::move(decide))); }
  Stepper::Running<bool> guard(Millis work) {
    return stepper_.start(
        [](Steps steps, Operation held, AttemptId attempt, Time leased_at, Millis time) -> Task<bool> {
          LeaseKeeper lease{steps, held.id, std::move(attempt), leased_at};
          co_return co_await lease.guard(steps.ports().timers.sleep_for(time));
        }(steps_, held_, mine_, leased_at_, work));
  }
  [[nodiscard]] Time until() const { return row(upload_).lease->until; }

  Steps steps_{*coordinator_};
  UploadId upload_;
  AttemptId mine_{"mine"};
  Operation held_;  // as it was when the lease was given
  Time leased_at_;
};

TEST_F(LeaseKeeperTest, KeepsItAliveAsLongAsTheWorkTakes) {
  auto working = guard(5min);
  for (int i = 0; i < 290; ++i) {
    stepper_.advance(1s);
    ASSERT_GT(until(), clock_.now() + 10s);
  }
  EXPECT_TRUE(stepper_.finish(working));
  stepper_.advance(1min);
  EXPECT_LT(until(), clock_.now()) << "and no longer";
}

TEST_F(LeaseKeeperTest, StopsTheWorkWhenSomebodyElseHasIt) {
  auto working = guard(5min);
  stepper_.advance(6s);
  change([](const LoadedOperation& row) {
    return take_over(row.operation, row.node, row.now, AttemptId{"another"});
  });
  stepper_.advance(5s);
  ASSERT_TRUE(working.done());
  EXPECT_FALSE(working.get());
}

TEST_F(LeaseKeeperTest, DoesNotBeginUnderALeaseThatWasLostMeanwhile) {
  clock_.advance(25s);
  change([](const LoadedOperation& row) {
    return take_over(row.operation, row.node, row.now, AttemptId{"another"});
  });
  auto working = guard(5min);
  ASSERT_TRUE(working.done());
  EXPECT_FALSE(working.get());
}

TEST_F(LeaseKeeperTest, ForgivesACatalogThatHiccups) {
  auto working = guard(1min);
  link_.refuse_next("load", catalog_away(Outcome::retry));
  link_.refuse_next("load", catalog_away(Outcome::unknown));
  EXPECT_TRUE(stepper_.finish(working));
  EXPECT_EQ(reports_.size(), 2U);
}

TEST_F(LeaseKeeperTest, ButNotBeyondTheLease) {
  auto working = guard(5min);
  for (int i = 0; i < 100; ++i) link_.refuse_next("load", catalog_away(Outcome::retry));
  const Time end = until();
  while (!working.done()) stepper_.advance(1s);
  EXPECT_FALSE(working.get());
  EXPECT_LE(clock_.now(), end) << "stopped while the lease was surely ours";
}

}  // namespace
}  // namespace longshore
