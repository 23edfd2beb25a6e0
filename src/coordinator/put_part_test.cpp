// One part: begin, bytes, receipt; repeats, rivals, and what may be lost on the way.
#include <gtest/gtest.h>

#include "base/hash.h"
#include "coordinator/fixture_test.h"

namespace longshore {
namespace {

class PutPartTest : public CoordinatorTest {
 protected:
  [[nodiscard]] std::string at_store(const UploadId& upload, std::int32_t index) const {
    const fakes::FakePart* part = store_.part(*row(upload).store_upload, part_of(ChunkIndex{index}));
    return part == nullptr ? "" : part->bytes;
  }
  [[nodiscard]] const LedgerSnapshot& ledger(const UploadId& upload) const {
    return sessions_.sessions().at(upload);
  }
  /// A receipt, or an attempt that is alive.
  [[nodiscard]] bool has_entry(const UploadId& upload, std::int32_t index) const {
    const auto found = ledger(upload).entries.find(ChunkIndex{index});
    if (found == ledger(upload).entries.end()) return false;
    const LedgerEntry& entry = found->second;
    return entry.receipt || (entry.attempt && entry.attempt->until > clock_.now());
  }
  std::string put_reason(const UploadId& upload, std::int32_t index, ClientBody& body, bool last = false) {
    auto running = start_put(upload, index, body, last);
    return reason_of([&] { stepper_.finish(running); });
  }
};

TEST_F(PutPartTest, AnAcknowledgedPartIsAtTheStore) {
  const UploadId upload = open();
  const PartAnswer answer = put(upload, 1, "second part");
  EXPECT_TRUE(answer.stored);
  EXPECT_EQ(answer.state, OperationState::open);
  EXPECT_EQ(answer.bytes_uploaded, 11);
  EXPECT_EQ(answer.crc32c, crc32c_of("second part"));
  EXPECT_EQ(at_store(upload, 1), "second part");
  EXPECT_EQ(put(upload, 0, "first").bytes_uploaded, 16);
  EXPECT_EQ(row(upload).revision, 2) << "a part costs no write of the catalog";
}

TEST_F(PutPartTest, TheSameBytesAgainAreNotReadNorSent) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  ClientBody again{"aaaaa"};
  const PartAnswer answer = stepper_.run(coordinator_->put_part({}, chunk(upload, 0, "aaaaa"), again));
  EXPECT_FALSE(answer.stored);
  EXPECT_EQ(answer.bytes_uploaded, 5) << "counted once";
  EXPECT_EQ(answer.crc32c, crc32c_of("aaaaa"));
  EXPECT_EQ(again.given(), 0U);
  EXPECT_EQ(scripted_.calls("put_part"), 1);
}

TEST_F(PutPartTest, OtherBytesTakeThePlaceOfTheFirst) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  EXPECT_EQ(put(upload, 0, "bbbbbbb").bytes_uploaded, 7);
  EXPECT_EQ(at_store(upload, 0), "bbbbbbb");
  complete(upload);
  EXPECT_EQ(read(node_of(upload)), "bbbbbbb");
}

TEST_F(PutPartTest, EqualPartsAreTwoParts) {
  const UploadId upload = open();
  put(upload, 0, "same!");
  put(upload, 1, "same!", true);
  EXPECT_EQ(read(node_of(upload)), "same!same!");
}

TEST_F(PutPartTest, WhatIsWrongWithABodyLeavesNothing) {
  const UploadId upload = open();
  ClientBody wrong{"aaaaa"};
  PutPartRequest with = chunk(upload, 0, "aaaaa");
  with.crc32c = crc32c_of("bbbbb");
  EXPECT_EQ(reason_of([&] { stepper_.run(coordinator_->put_part({}, with, wrong)); }), "DIGEST_MISMATCH");
  with.crc32c.reset();
  with.sha256 = sha256("bbbbb");
  ClientBody wrong_sha{"aaaaa"};
  EXPECT_EQ(reason_of([&] { stepper_.run(coordinator_->put_part({}, with, wrong_sha)); }), "DIGEST_MISMATCH");

  ClientBody cut{"aaaaaaa"};
  cut.announce(9);
  EXPECT_EQ(put_reason(upload, 0, cut), "BODY_CUT_OFF");
  ClientBody surplus{"aaaaaaaaaaa"};
  surplus.announce(9);
  EXPECT_EQ(put_reason(upload, 0, surplus), "INVALID_REQUEST");
  ClientBody slow{"aaaaaaa"};
  slow.break_at_end(Error{Reason::request_timeout, "too slow"});
  EXPECT_EQ(put_reason(upload, 0, slow), "REQUEST_TIMEOUT");

  EXPECT_EQ(at_store(upload, 0), "");
  EXPECT_FALSE(has_entry(upload, 0)) << "neither a receipt nor an attempt";
  EXPECT_TRUE(put(upload, 0, "aaaaa").stored) << "and the next try need not wait";
}

TEST_F(PutPartTest, RefusalsOfTheLedger) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  put(upload, 2, "cc");
  EXPECT_EQ(reason_of([&] { put(upload, 3, "ddddd"); }), "CHUNK_CONFLICT") << "beyond a short one";
  EXPECT_EQ(reason_of([&] { put(upload, 1, "b"); }), "CHUNK_CONFLICT") << "a second short one";
  EXPECT_EQ(reason_of([&] { put(upload, 1, "bbbbb", true); }), "CHUNK_CONFLICT");
  EXPECT_EQ(reason_of([&] { put(upload, 10, "ddddd"); }), "OUT_OF_LIMITS");
  EXPECT_EQ(reason_of([&] { put(upload, 1, std::string(21, 'b')); }), "OUT_OF_LIMITS");
  EXPECT_EQ(scripted_.calls("put_part"), 2) << "refused before the store hears of it";
}

TEST_F(PutPartTest, WhichUploadIsMeant) {
  const UploadId upload = open();
  ClientBody body{"aaaaa"};
  PutPartRequest by_node = chunk(upload, 0, "aaaaa");
  by_node.ref = {.node = node_of(upload)};
  EXPECT_EQ(stepper_.run(coordinator_->put_part({}, by_node, body)).upload, upload);
  by_node.ref = {.node = NodeId{"another-node"}, .upload = upload};
  EXPECT_EQ(reason_of([&] { stepper_.run(coordinator_->put_part({}, by_node, body)); }), "INVALID_REQUEST");
  by_node.ref = {.node = NodeId{"another-node"}};
  EXPECT_EQ(reason_of([&] { stepper_.run(coordinator_->put_part({}, by_node, body)); }), "NOT_FOUND");
  EXPECT_EQ(reason_of([&] { put(UploadId{"another-node.2"}, 0, "aaaaa"); }), "NOT_FOUND");
}

// Rivals

TEST_F(PutPartTest, ASecondTryWaitsForTheFirst) {
  const UploadId upload = open();
  fakes::Moment arrives;
  ClientBody slow{"aaaaa"};
  slow.hold_at_end(arrives);
  auto first = start_put(upload, 0, slow);
  ClientBody rival{"aaaaa"};
  auto second = stepper_.start(coordinator_->put_part({}, chunk(upload, 0, "aaaaa"), rival));
  stepper_.advance(2s);
  EXPECT_FALSE(second.done());
  arrives.come();
  stepper_.advance(1s);
  EXPECT_TRUE(first.get().stored);
  EXPECT_FALSE(second.get().stored) << "the same bytes are there by now";
}

TEST_F(PutPartTest, ASecondTryGivesUpWhileTheFirstGoesOn) {
  const UploadId upload = open();
  scripted_.next("put_part", ScriptedStore::Turn{.after = 60s});  // the store is busy with it
  ClientBody slow{"aaaaa"};
  auto first = start_put(upload, 0, slow);
  const Time began = clock_.now();
  ClientBody rival{"aaaaa"};
  EXPECT_EQ(put_reason(upload, 0, rival), "PART_IN_PROGRESS");
  EXPECT_GE(clock_.now(), began + 12s);
  EXPECT_TRUE(details_.retry_after.has_value());
  EXPECT_TRUE(stepper_.finish(first).stored);
}

TEST_F(PutPartTest, AStalledClientLosesItsAttempt) {
  const UploadId upload = open();
  fakes::Moment arrives;
  ClientBody stalled{"aaaaa"};
  stalled.hold_at_end(arrives);
  auto first = start_put(upload, 0, stalled);
  stepper_.advance(11s);
  EXPECT_TRUE(put(upload, 0, "bbbbb").stored);
  arrives.come();
  EXPECT_EQ(reason_of([&] { stepper_.finish(first); }), "PART_IN_PROGRESS");
  EXPECT_EQ(ledger(upload).entries.at(ChunkIndex{0}).receipt->crc32c, crc32c_of("bbbbb"));
}

TEST_F(PutPartTest, AClientThatGoesDropsItsAttempt) {
  const UploadId upload = open();
  fakes::Moment never;
  ClientBody body{"aaaaa"};
  body.hold_at_end(never);
  auto gone = start_put(upload, 0, body);
  EXPECT_TRUE(has_entry(upload, 0));
  gone.cancel();
  stepper_.settle();
  EXPECT_TRUE(gone.done());
  EXPECT_FALSE(has_entry(upload, 0)) << "at once, not when it runs out";
}

class OnePartInFlight : public CoordinatorTest {
 protected:
  OnePartInFlight() : CoordinatorTest({.parts_in_flight_per_upload = 1}) {}
};

TEST_F(OnePartInFlight, MoreAreRefused) {
  const UploadId upload = open();
  fakes::Moment arrives;
  ClientBody slow{"aaaaa"};
  slow.hold_at_end(arrives);
  auto first = start_put(upload, 0, slow);
  EXPECT_EQ(reason_of([&] { put(upload, 1, "bbbbb"); }), "TOO_MANY_CHUNKS_IN_FLIGHT");
  EXPECT_EQ(details_.limit, 1);
  arrives.come();
  stepper_.finish(first);
  EXPECT_TRUE(put(upload, 1, "bbbbb").stored);
}

// The last one, and the one that makes it whole

TEST_F(PutPartTest, TheChunkThatMakesTheSetWholeCompletes) {
  const UploadId upload = open();
  EXPECT_EQ(put(upload, 2, "c", true).state, OperationState::open);
  EXPECT_EQ(row(upload).last, ChunkIndex{2}) << "in the catalog before it was acknowledged";
  EXPECT_EQ(put(upload, 0, "aaaaa").state, OperationState::open);
  const PartAnswer answer = put(upload, 1, "bbbbb");
  EXPECT_EQ(answer.state, OperationState::completed);
  EXPECT_EQ(answer.bytes_uploaded, 11);
  EXPECT_EQ(read(node_of(upload)), "aaaaabbbbbc");
}

TEST_F(PutPartTest, ARepeatThatIsNewlyTheLastCompletes) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  put(upload, 1, "bbbbb");
  EXPECT_EQ(put(upload, 1, "bbbbb", true).state, OperationState::completed);
}

TEST_F(PutPartTest, TheSetIsWholeButTheSizeIsNot) {
  InitiateRequest with = request();
  with.expected.size = 12;
  const UploadId upload = open(with);
  put(upload, 0, "aaaaa");
  EXPECT_EQ(reason_of([&] { put(upload, 1, "bbbbb", true); }), "SIZE_MISMATCH");
  EXPECT_EQ(at_store(upload, 1), "bbbbb") << "stored all the same";
  EXPECT_EQ(row(upload).state, OperationState::open);
  EXPECT_EQ(put(upload, 0, "aaaaaaa").state, OperationState::completed) << "once it is right";
}

TEST_F(PutPartTest, AfterTheEnd) {
  const UploadId done = open("done");
  put(done, 0, "x", true);
  ClientBody late{"late!"};
  const PartAnswer answer = stepper_.run(coordinator_->put_part({}, chunk(done, 1, "late!"), late));
  EXPECT_EQ(answer.state, OperationState::completed);
  EXPECT_FALSE(answer.stored);
  EXPECT_EQ(late.given(), 0U);
  sessions_.lose_everything();
  EXPECT_EQ(put(done, 1, "late!").state, OperationState::completed) << "also without the tombstone";

  const UploadId cancelled = open("cancelled");
  cancel(cancelled);
  EXPECT_EQ(reason_of([&] { put(cancelled, 0, "late!"); }), "UPLOAD_ENDED");
  EXPECT_EQ(details_.state, "CANCELLED");
  sessions_.lose_everything();
  EXPECT_EQ(reason_of([&] { put(cancelled, 0, "late!"); }), "UPLOAD_ENDED");
}

// While a completion decides

TEST_F(PutPartTest, AChunkDuringCompletingWaitsForTheOutcome) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  scripted_.next("complete_upload", ScriptedStore::Turn{.after = 5s});
  auto completing = start_complete(upload);
  stepper_.advance(1s);
  ClientBody late{"bbbbb"};
  auto part = start_put(upload, 1, late);
  stepper_.advance(1s);
  EXPECT_FALSE(part.done());
  EXPECT_EQ(stepper_.finish(part).state, OperationState::completed);
  EXPECT_EQ(late.given(), 0U) << "nothing is sent to the store meanwhile";
  EXPECT_EQ(stepper_.finish(completing).state, OperationState::completed);
}

TEST_F(PutPartTest, AChunkDuringCompletingBeginsAnewIfItIsOpenAgain) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  scripted_.next("complete_upload", ScriptedStore::Turn{.after = 5s, .refuse = access_denied()});
  auto completing = start_complete(upload);
  stepper_.advance(1s);
  ClientBody late{"bbbbb"};
  auto part = start_put(upload, 1, late);
  EXPECT_TRUE(stepper_.finish(part).stored);
  EXPECT_EQ(reason_of([&] { stepper_.finish(completing); }), "STORE_REFUSED");
}

TEST_F(PutPartTest, AChunkDuringCompletingGivesUpAfterTenSeconds) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  scripted_.next("complete_upload", ScriptedStore::Turn{.after = 60s});
  auto completing = start_complete(upload);
  stepper_.advance(1s);
  const Time began = clock_.now();
  ClientBody late{"bbbbb"};
  EXPECT_EQ(put_reason(upload, 1, late), "UPLOAD_COMPLETING");
  EXPECT_LE(clock_.now() - began, 11s);
  EXPECT_TRUE(details_.retry_after.has_value());
  sessions_.lose_everything();
  EXPECT_EQ(put_reason(upload, 1, late), "UPLOAD_COMPLETING") << "also without a session";
  EXPECT_EQ(stepper_.finish(completing).state, OperationState::completed);
}

TEST_F(PutPartTest, AMarkThatACrashLeftIsCleared) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  stepper_.run(sessions_.close(upload, AttemptId{"a completion that is no more"}));
  EXPECT_TRUE(put(upload, 1, "bbbbb").stored);
}

// What may be lost

TEST_F(PutPartTest, ALostSessionIsRebuiltFromTheStore) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  put(upload, 2, "c", true);
  sessions_.lose_everything();
  const PartAnswer answer = put(upload, 1, "bbbbb");
  EXPECT_EQ(answer.state, OperationState::completed) << "the last is known from the catalog";
  EXPECT_EQ(read(node_of(upload)), "aaaaabbbbbc");
}

TEST_F(PutPartTest, ASessionLostUnderAPartOnItsWay) {
  const UploadId upload = open();
  fakes::Moment arrives;
  ClientBody body{"aaaaa"};
  body.hold_at_end(arrives);
  auto part = start_put(upload, 0, body);
  sessions_.lose_everything();
  arrives.come();
  EXPECT_TRUE(stepper_.finish(part).stored) << "ListParts has it";
  EXPECT_EQ(ranges(status(upload).received), "0-0");
}

TEST_F(PutPartTest, ASessionLostUnderAPartThatTheStoreDoesNotShow) {
  const UploadId upload = open();
  fakes::Moment arrives;
  ClientBody body{"aaaaa"};
  body.hold_at_end(arrives);
  auto part = start_put(upload, 0, body);
  sessions_.lose_everything();
  store_.profile().list_lag = 1h;
  arrives.come();
  EXPECT_EQ(reason_of([&] { stepper_.finish(part); }), "STATE_UNAVAILABLE") << "send it again";
}

TEST_F(PutPartTest, ARecordThatWasLostIsNoReceipt) {
  const UploadId upload = open();
  link_.refuse_next("record_part", sessions_away(Outcome::unknown));
  EXPECT_EQ(reason_of([&] { put(upload, 0, "aaaaa"); }), "STATE_UNAVAILABLE");
  EXPECT_TRUE(put(upload, 0, "aaaaa").stored);
}

// The last chunk's number reached the catalog, its receipt did not; then the store loses the part.
TEST_F(PutPartTest, NoCompletionWithoutTheLastThatTheCatalogKnows) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  link_.refuse_next("record_part", sessions_away(Outcome::unknown));
  EXPECT_EQ(reason_of([&] { put(upload, 1, "bb", true); }), "STATE_UNAVAILABLE");
  EXPECT_EQ(row(upload).last, ChunkIndex{1});
  store_.lose_part(*row(upload).store_upload, PartNumber{2});
  live(5min);
  EXPECT_EQ(row(upload).state, OperationState::open);
  EXPECT_EQ(ranges(complete(upload).missing), "1-1");
  EXPECT_EQ(put(upload, 1, "bb", true).state, OperationState::completed);
}

TEST_F(PutPartTest, AStoreThatIsAwayKeepsTheUploadOpen) {
  const UploadId upload = open();
  scripted_.refuse_next("put_part", slow_down());
  EXPECT_EQ(reason_of([&] { put(upload, 0, "aaaaa"); }), "STORE_UNAVAILABLE");
  scripted_.refuse_next("put_part", access_denied());
  EXPECT_EQ(reason_of([&] { put(upload, 0, "aaaaa"); }), "STORE_REFUSED");
  EXPECT_EQ(details_.store_code, "AccessDenied");
  EXPECT_TRUE(put(upload, 0, "aaaaa").stored);
}

TEST_F(PutPartTest, AFailedResendTakesTheReceiptAlong) {
  store_.profile().failed_resend_destroys_part = true;
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  ClientBody broken{"bbbbb"};
  broken.break_at_end(Error{Reason::body_cut_off, "gone"});
  EXPECT_EQ(put_reason(upload, 0, broken), "BODY_CUT_OFF");
  EXPECT_EQ(ranges(complete(upload, 1).missing), "0-0");
}

TEST_F(PutPartTest, AnUploadThatTheStoreHasDroppedFails) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  store_.drop_upload(*row(upload).store_upload);
  EXPECT_EQ(reason_of([&] { put(upload, 1, "bbbbb"); }), "STORE_REFUSED");
  EXPECT_EQ(row(upload).state, OperationState::failed);
  EXPECT_EQ(events(node_of(upload)).back(), "uploads.failed STORE_REFUSED");
  EXPECT_EQ(reason_of([&] { put(upload, 1, "bbbbb"); }), "UPLOAD_ENDED");
  EXPECT_EQ(details_.state, "FAILED");
}

TEST_F(PutPartTest, ACancelUnderAPartOnItsWay) {
  const UploadId upload = open();
  fakes::Moment arrives;
  ClientBody body{"aaaaa"};
  body.hold_at_end(arrives);
  auto part = start_put(upload, 0, body);
  cancel(upload);
  arrives.come();
  EXPECT_EQ(reason_of([&] { stepper_.finish(part); }), "UPLOAD_ENDED");
  EXPECT_EQ(details_.state, "CANCELLED");
  expect_nothing_left_over();
}

TEST_F(PutPartTest, FixedGeometry) {
  InitiateRequest with = request();
  with.expected.chunk_size = 6;
  with.expected.size = 15;
  const UploadId upload = open(with);
  EXPECT_EQ(reason_of([&] { put(upload, 0, "1234567"); }), "OUT_OF_LIMITS");
  EXPECT_EQ(reason_of([&] { put(upload, 3, "1"); }), "CHUNK_CONFLICT");
  put(upload, 1, "bbbbbb");
  put(upload, 2, "ccc", true);
  EXPECT_EQ(put(upload, 0, "aaaaaa").state, OperationState::completed);
}

TEST_F(PutPartTest, AnUploadThatTheStoreHasDroppedFailsAlsoWhereItListsNoPartsOfIt) {
  store_.profile().lists_parts_of_unknown = true;
  const UploadId upload = open();
  store_.drop_upload(*row(upload).store_upload);
  EXPECT_EQ(reason_of([&] { put(upload, 0, "aaaaa"); }), "STORE_REFUSED");
  EXPECT_EQ(row(upload).state, OperationState::failed);
}

TEST_F(PutPartTest, TheLastPiecesMemoryIsNotHeldForWhatComesAfterIt) {
  const UploadId upload = open();
  ClientBody stored{"aaaaa"};
  link_.next("record_part", fakes::Fate{.answer_after = 5s});
  auto recording = start_put(upload, 0, stored);
  stepper_.advance(1s);
  EXPECT_FALSE(recording.done());
  EXPECT_TRUE(stored.released());
  stepper_.finish(recording);

  ClientBody refused{"aaaaa"};
  scripted_.refuse_next("put_part", access_denied());
  link_.next("drop_attempt", fakes::Fate{.answer_after = 5s});
  auto dropping = start_put(upload, 1, refused);
  stepper_.advance(1s);
  EXPECT_FALSE(dropping.done());
  EXPECT_TRUE(refused.released());
  EXPECT_EQ(reason_of([&] { stepper_.finish(dropping); }), "STORE_REFUSED");
}

}  // namespace
}  // namespace longshore
