// The upload at the store: created once where possible, never lost track of.
#include <gtest/gtest.h>

#include "coordinator/fixture_test.h"

namespace longshore {
namespace {

class StoreUploadTest : public CoordinatorTest {};

TEST_F(StoreUploadTest, ARefusedCreateFailsTheRowAtOnce) {
  scripted_.refuse_next("create_upload", access_denied());
  EXPECT_EQ(reason_of([&] { open(); }), "STORE_REFUSED");
  EXPECT_EQ(details_.store_code, "AccessDenied");
  const Node& made = node_named("file");
  EXPECT_EQ(made.state, NodeState::failed);
  EXPECT_EQ(row(made.latest).error_code, "STORE_REFUSED");
  EXPECT_EQ(events(made.id), (Names{"uploads.initiated", "uploads.failed STORE_REFUSED"}));
  EXPECT_NO_THROW(open()) << "a failed node is tried anew";
}

TEST_F(StoreUploadTest, ALostCreateIsMadeAgainByTheNextTouchAndLeavesNothing) {
  scripted_.lose_next("create_upload", lost_answer());
  const UploadId upload = open();
  EXPECT_FALSE(row(upload).store_upload.has_value());
  EXPECT_EQ(uploads_at_store(), 1U) << "of which we know nothing";

  ClientBody body{"aaaaa"};
  auto touching = start_put(upload, 0, body);
  EXPECT_EQ(reason_of([&] { stepper_.finish(touching); }), "STORE_UNAVAILABLE")
      << "the first may still answer";
  EXPECT_EQ(scripted_.calls("create_upload"), 1);

  clock_.advance(61s);
  EXPECT_TRUE(put(upload, 0, "aaaaa").stored);
  EXPECT_EQ(scripted_.calls("create_upload"), 2);
  EXPECT_EQ(row(upload).debts.aborts.size(), 1U) << "the stray is owed an abort";
  complete(upload);
  expect_nothing_left_over();
  EXPECT_EQ(uploads_at_store(), 0U);
}

TEST_F(StoreUploadTest, TheSweepCreatesWhatNobodyTouches) {
  scripted_.next("create_upload", ScriptedStore::Turn{.refuse = lost_answer()});
  const UploadId upload = open();
  live(10min);
  EXPECT_TRUE(row(upload).store_upload.has_value());
  EXPECT_EQ(uploads_at_store(), 1U);
}

TEST_F(StoreUploadTest, OfTwoTouchesInTheSameMomentOneCreates) {
  scripted_.next("create_upload", ScriptedStore::Turn{.refuse = lost_answer()});
  const UploadId upload = open();
  clock_.advance(61s);
  scripted_.next("create_upload", ScriptedStore::Turn{.after = 1s});
  // The first one's commit is lost on the way, and it hears of that when the second one's stands.
  link_.next("commit", fakes::Fate{.effect = false, .failure = catalog_away(Outcome::unknown)});
  ClientBody a{"aaaaa"};
  ClientBody b{"bbbbb"};
  auto first = start_put(upload, 0, a);
  auto second = start_put(upload, 1, b);
  stepper_.finish(first);
  stepper_.finish(second);
  EXPECT_EQ(scripted_.calls("create_upload"), 2) << "one anew";
  complete(upload);
  expect_nothing_left_over();
}

TEST_F(StoreUploadTest, ACreateThatAnswersTooLateLoses) {
  scripted_.next("create_upload", ScriptedStore::Turn{.after = 50s});
  const UploadId upload = open();
  EXPECT_FALSE(row(upload).store_upload.has_value()) << "given up at 45 s";
  clock_.advance(61s);
  put(upload, 0, "aaaaa");
  cancel(upload);
  expect_nothing_left_over();
}

TEST_F(StoreUploadTest, ACrashAfterTheRowLeavesNothing) {
  scripted_.next("create_upload", ScriptedStore::Turn{.after = 1s});
  auto dying = stepper_.start(coordinator_->initiate({}, request()));
  dying.cancel();
  stepper_.settle();
  const UploadId upload = node_named("file").latest;
  EXPECT_EQ(row(upload).state, OperationState::open);
  clock_.advance(2min);
  EXPECT_EQ(put(upload, 0, "whole", true).state, OperationState::completed);
  expect_nothing_left_over();
}

}  // namespace
}  // namespace longshore
