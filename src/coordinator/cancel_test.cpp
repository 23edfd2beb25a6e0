// Cancel, and the debts of what ended otherwise than well.
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

// Debts

TEST_F(CancelTest, AnAbortIsOwedUntilTheStoreShowsNothing) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  scripted_.refuse_next("abort_upload", slow_down());
  cancel(upload);
  EXPECT_EQ(uploads_at_store(), 1U);
  EXPECT_FALSE(row(upload).debts.settled());
  live(2min);
  EXPECT_EQ(uploads_at_store(), 0U);
}

TEST_F(CancelTest, ALatePartIsAbortedAgain) {
  store_.profile().parts_in_flight_survive_abort = true;
  const UploadId upload = open();
  store_.hooks().pause = [this](const char* point) -> Task<void> {
    return [](Timers& timers, bool late) -> Task<void> {
      if (late) co_await timers.sleep_for(5min);
    }(stepper_.timers(), std::string_view(point) == "put_part.effect");
  };
  ClientBody body{"aaaaa"};
  auto part = start_put(upload, 0, body);
  cancel(upload);
  EXPECT_EQ(store_.revenants().size(), 0U);
  EXPECT_NE(reason_of([&] { stepper_.finish(part); }), "") << "its upload has ended";
  store_.hooks().pause = {};
  expect_nothing_left_over();
}

TEST_F(CancelTest, AStoreThatSaysYesToAnyAbort) {
  store_.profile().abort_of_unknown_succeeds = true;
  const UploadId upload = open();
  cancel(upload);
  expect_nothing_left_over();
  EXPECT_LE(scripted_.calls("abort_upload"), 3) << "at once, and once more much later; no loop";
}

TEST_F(CancelTest, AListThatStillShowsItIsAskedAgain) {
  const UploadId upload = open();
  scripted_.next("abort_upload", ScriptedStore::Turn{.refuse = no_such_upload()});  // a lie
  cancel(upload);
  EXPECT_EQ(uploads_at_store(), 1U);
  live(2min);
  EXPECT_EQ(uploads_at_store(), 0U);
}

TEST_F(CancelTest, EverythingIsLookedAtOnceMoreAfterTheOrphanAge) {
  const UploadId upload = open();
  cancel(upload);
  const int aborts = scripted_.calls("abort_upload");
  live(23h);
  EXPECT_EQ(scripted_.calls("abort_upload"), aborts);
  EXPECT_FALSE(row(upload).debts.settled());
  // What a frozen server sends now still lands at the key.
  ClientBody late{"late"};
  PutObject request{.key = row(upload).key, .size = 4};
  stepper_.run(store_.put_object(request, late));
  live(2h);
  EXPECT_EQ(objects_at_store(), 0U);
  EXPECT_TRUE(row(upload).debts.settled());
}

TEST_F(CancelTest, WhatALostCreateLeftIsFoundByTheList) {
  scripted_.lose_next("create_upload", lost_answer());
  const UploadId upload = open();
  cancel(upload);
  EXPECT_TRUE(row(upload).debts.clean_list);
  expect_nothing_left_over();
  EXPECT_EQ(uploads_at_store(), 0U);
}

}  // namespace
}  // namespace longshore
