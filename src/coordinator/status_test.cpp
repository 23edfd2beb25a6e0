// Status, progress, list: what an upload looks like from outside.
#include <gtest/gtest.h>

#include "coordinator/fixture_test.h"

namespace longshore {
namespace {

class StatusTest : public CoordinatorTest {
 protected:
  Stepper::Running<UploadView> start_progress(const UploadId& upload, UploadView seen, Millis patience) {
    return stepper_.start(coordinator_->progress({.upload = upload}, std::move(seen), patience));
  }
  UploadListing list(UploadQuery query) { return stepper_.run(coordinator_->list_uploads(std::move(query))); }
};

TEST_F(StatusTest, OfAnOpenUpload) {
  const UploadId upload = open();
  EXPECT_EQ(status(upload).ledger.received, 0);
  EXPECT_EQ(ranges(status(upload).missing), "") << "who knows how many there will be";
  put(upload, 0, "aaaaa");
  put(upload, 3, "ddddd");
  const UploadView view = status(upload);
  EXPECT_EQ(view.ledger.received, 2);
  EXPECT_EQ(view.operation.state, OperationState::open);
  EXPECT_EQ(view.ledger.bytes, 10);
  EXPECT_EQ(ranges(view.received), "0-0 3-3");
  EXPECT_EQ(ranges(view.missing), "1-2");
  EXPECT_EQ(view.limits.parts_max, 10);
  put(upload, 5, "f", true);
  EXPECT_EQ(ranges(status(upload).missing), "1-2 4-4") << "the last is known";
}

TEST_F(StatusTest, WhatIsMissingIsKnownFromTheSizes) {
  InitiateRequest with = request();
  with.expected = {.size = 12, .chunk_size = 5};
  const UploadId upload = open(with);
  EXPECT_EQ(ranges(status(upload).missing), "0-2");
  put(upload, 1, "bbbbb");
  EXPECT_EQ(ranges(status(upload).missing), "0-0 2-2");
}

TEST_F(StatusTest, ExpiryMovesWithActivity) {
  const UploadId upload = open();
  const Time began = clock_.now();
  EXPECT_EQ(status(upload).expires_at, began + 24h);
  clock_.advance(10h);
  put(upload, 0, "aaaaa");
  EXPECT_EQ(status(upload).expires_at, began + 34h);
}

TEST_F(StatusTest, ActivityIsToldByTheSessionStoresClock) {
  for (const Millis offset : {Millis{-3h}, Millis{3h}}) {
    sessions_clock_.offset = offset;
    const UploadId upload = open("file" + std::to_string(offset.count()));
    clock_.advance(10h);
    put(upload, 0, "aaaaa");
    clock_.advance(2h);
    EXPECT_EQ(status(upload).expires_at, clock_.now() + 22h);
  }
}

TEST_F(StatusTest, ExpiryIsCappedByTheStore) {
  scripted_.capabilities_.unfinished_lifetime = 12h;
  const UploadId upload = open();
  EXPECT_EQ(status(upload).expires_at, clock_.now() + 12h);
}

TEST_F(StatusTest, OfEndedUploads) {
  const UploadId done = open("done");
  put(done, 0, "aaaaa", true);
  const UploadView completed = status(done);
  EXPECT_EQ(completed.operation.state, OperationState::completed);
  EXPECT_EQ(completed.ledger.bytes, 5);
  EXPECT_EQ(completed.ledger.received, 1);
  EXPECT_EQ(completed.operation.result->size, 5);

  const UploadId gone = open("gone");
  put(gone, 0, "aaaaa");
  put(gone, 2, "ccccc");
  cancel(gone);
  const UploadView cancelled = status(gone);
  EXPECT_EQ(cancelled.ledger.bytes, 10) << "how far it had come";
  EXPECT_EQ(cancelled.ledger.received, 2);
  EXPECT_EQ(cancelled.operation.state, OperationState::cancelled);
  EXPECT_EQ(cancelled.operation.error_message, "cancelled by the client");
  EXPECT_EQ(reason_of([&] { status(UploadId{"unknown-node"}); }), "NOT_FOUND");
}

TEST_F(StatusTest, WithoutAnUploadIdTheOpenOneElseTheLatest) {
  const Node node = object("file");
  const auto of_node = [&] { return stepper_.run(coordinator_->status({.node = node.id})).operation.id; };
  EXPECT_EQ(of_node(), node.current);
  const UploadId update = open("file");
  EXPECT_EQ(of_node(), update);
  cancel(update);
  EXPECT_EQ(of_node(), update) << "the latest, however it ended";
}

TEST_F(StatusTest, ALostSessionIsRebuilt) {
  const UploadId upload = open();
  put(upload, 1, "bbbbb");
  sessions_.lose_everything();
  EXPECT_EQ(ranges(status(upload).received), "1-1");
}

// Beside a completion no part goes to the store.
TEST_F(StatusTest, ASessionThatIsLostDuringACompletionIsRebuiltClosed) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  scripted_.next("complete_upload", {.after = 1min});
  auto completing = start_complete(upload);
  stepper_.advance(1s);
  sessions_.lose_everything();
  EXPECT_EQ(status(upload).operation.state, OperationState::completing);
  EXPECT_EQ(ranges(status(upload).received), "0-0");
  ClientBody again{"aaaaa"};
  auto repeat = start_put(upload, 0, again);
  EXPECT_EQ(stepper_.finish(completing).state, OperationState::completed);
  EXPECT_EQ(reason_of([&] { stepper_.finish(repeat); }), "UPLOAD_COMPLETING");
  EXPECT_EQ(scripted_.calls("put_part"), 1);
}

TEST_F(StatusTest, ARebuildingThatComesLateDoesNotOpenTheSessionUnderACompletion) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  sessions_.lose_everything();
  link_.next("create", {.effect_after = 5s});
  auto late = stepper_.start(coordinator_->status({.upload = upload}));
  stepper_.advance(1s);
  scripted_.next("complete_upload", {.after = 1min});
  auto completing = start_complete(upload);
  stepper_.advance(1s);
  sessions_.lose_everything();
  stepper_.finish(late);
  ASSERT_TRUE(sessions_.sessions().contains(upload));
  EXPECT_FALSE(sessions_.sessions().at(upload).closed_by.empty());
  EXPECT_EQ(stepper_.finish(completing).state, OperationState::completed);
}

TEST_F(StatusTest, ASessionWhoseRebuildingWasCutOffIsOpenedByTheNextPart) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  sessions_.lose_everything();
  link_.refuse_next("reopen", sessions_away(Outcome::retry));
  status(upload);
  EXPECT_FALSE(sessions_.sessions().at(upload).closed_by.empty());
  EXPECT_EQ(put(upload, 1, "bb", true).state, OperationState::completed);
}

TEST_F(StatusTest, WhatTheStoreHasIsMergedInAtMostEveryTenSeconds) {
  const UploadId upload = open();
  ClientBody body{"aaaaa"};
  status(upload);
  // A part whose receipt was lost.
  stepper_.run(store_.put_part(
      {.key = row(upload).key, .upload = *row(upload).store_upload, .number = PartNumber{1}, .size = 5},
      body));
  const int lists = scripted_.calls("list_parts");
  EXPECT_EQ(ranges(status(upload).received), "");
  EXPECT_EQ(scripted_.calls("list_parts"), lists);
  clock_.advance(10s);
  EXPECT_EQ(ranges(status(upload).received), "0-0");
}

TEST_F(StatusTest, AWholeSetIsCompletedSoonAfterItWasFound) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  scripted_.refuse_next("complete_upload", access_denied());
  EXPECT_EQ(reason_of([&] { put(upload, 1, "bb", true); }), "STORE_REFUSED");
  EXPECT_EQ(status(upload).operation.error_code, "STORE_REFUSED")
      << "not asked again at once, and it says why";
  scripted_.refuse_next("complete_upload", access_denied());
  clock_.advance(61s);
  sweep();
  ASSERT_GT(row(upload).look_again_at, clock_.now() + 5min) << "the sweep has tried, and has no hurry";
  clock_.advance(61s);
  status(upload);
  sweep();
  EXPECT_EQ(status(upload).operation.state, OperationState::completed);
  EXPECT_EQ(status(upload).operation.error_code, "");
}

TEST_F(StatusTest, NobodyWaitsForTheCompletionOfAWholeSet) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  scripted_.refuse_next("complete_upload", access_denied());
  EXPECT_EQ(reason_of([&] { put(upload, 1, "bb", true); }), "STORE_REFUSED");
  clock_.advance(61s);
  const int sent = scripted_.calls("complete_upload");
  EXPECT_EQ(status(upload).operation.state, OperationState::open);
  EXPECT_EQ(scripted_.calls("complete_upload"), sent);
  link_.refuse_next("commit", catalog_away(Outcome::retry));
  EXPECT_EQ(status(upload).ledger.received, 2) << "whether or not it can be hastened";
}

TEST_F(StatusTest, StoresThatAreAwayLeaveWhatIsKnown) {
  const UploadId upload = open();
  link_.refuse_next("snapshot", sessions_away(Outcome::unknown));
  EXPECT_EQ(status(upload).operation.state, OperationState::open);
  link_.refuse_next("load", catalog_away(Outcome::retry));
  EXPECT_EQ(reason_of([&] { status(upload); }), "CATALOG_UNAVAILABLE");
}

TEST_F(StatusTest, ProgressWaitsForAChange) {
  const UploadId upload = open();
  auto waiting = start_progress(upload, status(upload), 1min);
  stepper_.advance(5s);
  EXPECT_FALSE(waiting.done());
  put(upload, 0, "aaaaa");
  stepper_.advance(1s);
  ASSERT_TRUE(waiting.done());
  EXPECT_EQ(waiting.get().ledger.bytes, 5);
}

TEST_F(StatusTest, ProgressGivesUp) {
  const UploadId upload = open();
  const Time began = clock_.now();
  auto waiting = start_progress(upload, status(upload), 15s);
  EXPECT_EQ(stepper_.finish(waiting).operation.state, OperationState::open);
  EXPECT_GE(clock_.now() - began, 15s);
  EXPECT_LE(clock_.now() - began, 16s);
}

TEST_F(StatusTest, ProgressOfAnEndedUploadEndsAtOnce) {
  const UploadId upload = open();
  cancel(upload);
  auto waiting = start_progress(upload, status(upload), 1h);
  EXPECT_TRUE(waiting.done());
}

TEST_F(StatusTest, ListsByStateOldestFirst) {
  const UploadId one = open("one");
  clock_.advance(1s);
  cancel(open("two"));
  clock_.advance(1s);
  const UploadId three = open("three");
  const UploadListing page = list({.states = {OperationState::open}});
  ASSERT_EQ(page.uploads.size(), 2U);
  EXPECT_EQ(page.uploads[0].operation.id, one);
  EXPECT_EQ(page.uploads[1].operation.id, three);
}

TEST_F(StatusTest, AListTellsHowFarEachHasCome) {
  const UploadId cancelled = open("cancelled");
  put(cancelled, 0, "aaaaa");
  cancel(cancelled);
  clock_.advance(1s);
  open("empty");
  clock_.advance(1s);
  const UploadId done = open("done");
  put(done, 0, "aaaaa");
  put(done, 1, "b", true);
  clock_.advance(1s);
  const UploadId lost = open("lost");
  put(lost, 0, "aaaaa");
  sessions_.lose_everything();
  clock_.advance(1s);
  const UploadId some = open("some");
  put(some, 0, "aaaaa");
  put(some, 4, "eeeee");

  const std::vector<std::string> expected{"1 of 5", "0 of 0", "2 of 6", "0 of 0", "2 of 10"};
  std::vector<std::string> found;
  for (const UploadRow& row : list({}).uploads)
    found.push_back(std::to_string(row.ledger.received) + " of " + std::to_string(row.ledger.bytes));
  EXPECT_EQ(found, expected);
}

TEST_F(StatusTest, AListTellsWhenEachExpires) {
  sessions_clock_.offset = 3h;
  const Time began = clock_.now();
  open("silent");
  clock_.advance(1s);
  const UploadId active = open("active");
  clock_.advance(10h);
  put(active, 0, "aaaaa");
  cancel(open("ended"));
  clock_.advance(2h);
  const UploadListing page = list({});
  ASSERT_EQ(page.uploads.size(), 3U);
  EXPECT_EQ(page.uploads[0].expires_at, began + 24h);
  EXPECT_EQ(page.uploads[1].expires_at, began + 34h + 1s);
  EXPECT_EQ(page.uploads[1].expires_at, status(active).expires_at);
  EXPECT_EQ(page.uploads[2].expires_at, Time{});
}

TEST_F(StatusTest, AListShowsUploadsToADriveThatThisServerDoesNotHave) {
  const DriveName normal{"default"};
  const DriveName archive{"archive"};
  Coordinator other{Ports{.catalog = catalog_,
                          .sessions = sessions_,
                          .events = &sink_,
                          .timers = stepper_.timers(),
                          .clock = clock_,
                          .random = random_,
                          .buffers = buffers_},
                    {{normal, Drive{.name = normal, .store = &store_}},
                     {archive, Drive{.name = archive, .store = &store_}}},
                    UploadPolicy{},
                    [](std::string_view, const std::string&) {}};
  InitiateRequest with = request();
  with.drive = archive;
  stepper_.run(other.initiate({}, with));
  const UploadListing page = list({});
  ASSERT_EQ(page.uploads.size(), 1U);
  EXPECT_EQ(page.uploads[0].expires_at, clock_.now() + 24h);
}

TEST_F(StatusTest, AListNeedsNoSessionStore) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  link_.refuse_next("summaries", sessions_away(Outcome::retry));
  const UploadListing page = list({});
  ASSERT_EQ(page.uploads.size(), 1U);
  EXPECT_EQ(page.uploads[0].ledger.bytes, 0);
  EXPECT_EQ(reports_.size(), 1U);
}

}  // namespace
}  // namespace longshore
