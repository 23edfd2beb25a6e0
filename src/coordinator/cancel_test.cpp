// Cancel: the end at once, its debts in settle_test.cpp.
#include <gtest/gtest.h>

#include "coordinator/fixture_test.h"

namespace longshore {
namespace {

class CancelTest : public CoordinatorTest {};

TEST_F(CancelTest, EndsTheUploadAndClearsTheStore) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  put(upload, 2, "ccccc");
  const UploadView view = cancel(upload);
  EXPECT_EQ(view.operation.state, OperationState::cancelled);
  EXPECT_EQ(view.operation.error_code, "CANCELLED");
  EXPECT_EQ(node(node_of(upload)).state, NodeState::cancelled);
  EXPECT_EQ(events(node_of(upload)), (Names{"uploads.initiated", "uploads.failed CANCELLED"}));
  EXPECT_EQ(catalog_.outbox().rbegin()->second.event.facts.partial_chunks, 2);
  EXPECT_EQ(uploads_at_store(), 0U) << "paid at once, where it can be";
  EXPECT_FALSE(sessions_.sessions().contains(upload));
  expect_nothing_left_over();
}

TEST_F(CancelTest, AgainIsSuccessWithoutASecondEvent) {
  const UploadId upload = open();
  cancel(upload);
  EXPECT_EQ(cancel(upload).operation.state, OperationState::cancelled);
  EXPECT_EQ(events(node_of(upload)).size(), 2U);
}

TEST_F(CancelTest, OfWhatEndedOtherwiseIsAnError) {
  const UploadId done = open("done");
  put(done, 0, "x", true);
  EXPECT_EQ(reason_of([&] { cancel(done); }), "UPLOAD_ENDED");
  EXPECT_EQ(details_.state, "COMPLETED");
  const UploadId idle = open("idle");
  live(25h);
  EXPECT_EQ(reason_of([&] { cancel(idle); }), "UPLOAD_ENDED");
  EXPECT_EQ(details_.state, "EXPIRED");
  EXPECT_EQ(reason_of([&] { cancel(UploadId{"unknown-node"}); }), "NOT_FOUND");
}

TEST_F(CancelTest, ByTheReasonThatIsGiven) {
  const UploadId upload = open();
  stepper_.run(
      coordinator_->cancel({.request_id = "cancelling"}, {.node = node_of(upload)}, "changed my mind"));
  EXPECT_EQ(row(upload).error_message, "changed my mind");
  const EventDraft& event = catalog_.outbox().rbegin()->second.event;
  EXPECT_EQ(event.facts.reason, "changed my mind");
  EXPECT_EQ(event.request_id, "cancelling");
}

TEST_F(CancelTest, OfAnUpdateLeavesTheNodeAsItWas) {
  const Node before = object("file");
  const UploadId update = open("file");
  put(update, 0, "new!!");
  cancel(update);
  EXPECT_EQ(node(before.id).state, NodeState::active);
  EXPECT_EQ(read(before.id), "aaaaabb");
  expect_nothing_left_over();
  EXPECT_EQ(read(before.id), "aaaaabb");
}

TEST_F(CancelTest, ALostCommitIsFoundAgain) {
  const UploadId upload = open();
  link_.lose_next("commit", catalog_away(Outcome::unknown));
  EXPECT_EQ(cancel(upload).operation.state, OperationState::cancelled);
  EXPECT_EQ(events(node_of(upload)).size(), 2U);
}

TEST_F(CancelTest, WithoutASessionStoreItIsCancelledAllTheSame) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  link_.refuse_next("snapshot", sessions_away(Outcome::unknown));
  link_.refuse_next("end", sessions_away(Outcome::unknown));
  EXPECT_EQ(cancel(upload).operation.state, OperationState::cancelled);
  expect_nothing_left_over();
  EXPECT_FALSE(sessions_.sessions().contains(upload));
}

}  // namespace
}  // namespace longshore
