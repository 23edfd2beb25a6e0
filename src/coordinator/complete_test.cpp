// Completion: who decides, what is missing, who takes over. What a store answers: find_outcome_test.cpp.
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "coordinator/fixture_test.h"
#include "tests/fakes/await.h"

namespace longshore {
namespace {

class CompleteTest : public CoordinatorTest {
 protected:
  /// An upload of "aaaaa" and "bb", not yet complete.
  UploadId two_parts(const std::string& name = "file") {
    const UploadId upload = open(name);
    put(upload, 0, "aaaaa");
    put(upload, 1, "bb");
    return upload;
  }
  /// Its completion goes through, and no row tells of it.
  void complete_unseen(const UploadId& upload) {
    CompleteUpload request{
        .key = row(upload).key, .upload = *row(upload).store_upload, .parts = {}, .crc32c = {}};
    for (const auto& [chunk, entry] : sessions_.sessions().at(upload).entries)
      request.parts.push_back(
          {part_of(chunk), entry.receipt->etag, entry.receipt->size, entry.receipt->crc32c});
    stepper_.run(store_.complete_upload(std::move(request)));
  }
  CompleteAnswer expecting(const UploadId& upload, CompleteRequest with) {
    with.ref.upload = upload;
    return stepper_.run(coordinator_->complete({.request_id = "request"}, std::move(with)));
  }
};

TEST_F(CompleteTest, MakesTheObjectTheNodeAndTheEvents) {
  const UploadId upload = two_parts();
  const CompleteAnswer answer = complete(upload);
  EXPECT_EQ(answer.state, OperationState::completed);
  EXPECT_EQ(answer.upload, upload);
  EXPECT_EQ(answer.object.size, 7);
  EXPECT_EQ(answer.object.crc32c, crc32c_of("aaaaabb"));
  EXPECT_FALSE(answer.object.etag.empty());
  const Node& made = node(node_of(upload));
  EXPECT_EQ(made.state, NodeState::active);
  EXPECT_EQ(made.current, upload);
  EXPECT_EQ(made.object, answer.object);
  EXPECT_EQ(made.key, row(upload).key);
  EXPECT_EQ(read(made.id), "aaaaabb");
  EXPECT_EQ(events(made.id), (Names{"uploads.initiated", "uploads.completed", "documents.created"}));
  EXPECT_FALSE(sessions_.sessions().contains(upload)) << "a session ends with its upload";
}

TEST_F(CompleteTest, AgainIsSuccessWithoutASecondEvent) {
  const UploadId upload = two_parts();
  const CompleteAnswer first = complete(upload);
  const CompleteAnswer second = complete(upload);
  EXPECT_EQ(second.state, OperationState::completed);
  EXPECT_EQ(second.object, first.object);
  EXPECT_EQ(complete(upload, 2).state, OperationState::completed);
  EXPECT_EQ(events(node_of(upload)).size(), 3U);
  EXPECT_EQ(scripted_.calls("complete_upload"), 1);
}

TEST_F(CompleteTest, AgainButExpectingSomethingElse) {
  const UploadId upload = two_parts();
  complete(upload);
  const Sha256Digest right = sha256("aaaaabb");
  const Sha256Digest wrong = sha256("something else");
  EXPECT_NO_THROW(expecting(upload, {.expected_crc32c = crc32c_of("aaaaabb")}));
  EXPECT_EQ(reason_of([&] { expecting(upload, {.expected_crc32c = 1}); }), "DIGEST_MISMATCH");
  EXPECT_NO_THROW(expecting(upload, {.expected_sha256_base64 = sha256_to_base64(right)}))
      << "read back, where it is not known";
  EXPECT_EQ(reason_of([&] { expecting(upload, {.expected_sha256_base64 = sha256_to_base64(wrong)}); }),
            "DIGEST_MISMATCH");
  EXPECT_EQ(scripted_.calls("get"), 1) << "and remembered";
  EXPECT_EQ(row(upload).result->sha256_base64, sha256_to_base64(right));
  EXPECT_EQ(node(node_of(upload)).object.sha256_base64, sha256_to_base64(right));
  EXPECT_EQ(row(upload).state, OperationState::completed);
}

TEST_F(CompleteTest, MissingChunksLeaveItOpen) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  put(upload, 3, "ddddd");
  const CompleteAnswer answer = complete(upload, 6);
  EXPECT_EQ(answer.state, OperationState::open);
  EXPECT_EQ(ranges(answer.missing), "1-2 4-5");
  EXPECT_EQ(row(upload).state, OperationState::open);
  EXPECT_EQ(row(upload).revision, 2) << "no try at all was made";
  put(upload, 1, "bbbbb");
  put(upload, 2, "ccccc");
  EXPECT_EQ(complete(upload).state, OperationState::completed);
  EXPECT_EQ(read(node_of(upload)), "aaaaabbbbbcccccddddd");
}

TEST_F(CompleteTest, WithoutAChunk) {
  const UploadId nothing = open("nothing");
  EXPECT_EQ(ranges(complete(nothing).missing), "0-0");
  EXPECT_EQ(complete(nothing, 0).state, OperationState::completed) << "total_chunks 0: the empty object";
  EXPECT_EQ(read(node_of(nothing)), "");
  EXPECT_EQ(row(nothing).result->size, 0);
  EXPECT_EQ(row(nothing).result->crc32c, 0U);

  InitiateRequest with = request("expected");
  with.expected.size = 0;
  const UploadId expected = open(with);
  EXPECT_EQ(complete(expected).state, OperationState::completed) << "expected_size 0: likewise";
  expect_nothing_left_over();
  EXPECT_EQ(uploads_at_store(), 0U) << "the multipart upload was aborted";
  EXPECT_EQ(objects_at_store(), 2U);
}

TEST_F(CompleteTest, AnEmptyObjectOfAnotherSizeOrChecksum) {
  InitiateRequest with = request();
  with.expected.size = 3;
  const UploadId upload = open(with);
  EXPECT_EQ(reason_of([&] { complete(upload, 0); }), "SIZE_MISMATCH");
  EXPECT_EQ(reason_of([&] { expecting(open("b"), {.total_chunks = 0, .expected_crc32c = 5}); }),
            "DIGEST_MISMATCH");
  EXPECT_EQ(objects_at_store(), 0U);
}

TEST_F(CompleteTest, TotalChunksThatContradict) {
  const UploadId upload = two_parts();
  EXPECT_EQ(reason_of([&] { complete(upload, 1); }), "CHUNK_CONFLICT");
  EXPECT_EQ(reason_of([&] { complete(upload, 0); }), "CHUNK_CONFLICT");
  EXPECT_EQ(ranges(complete(upload, 3).missing), "1-2") << "a short one in the middle is as good as missing";
}

TEST_F(CompleteTest, SizesAndChecksums) {
  InitiateRequest with = request();
  with.expected.size = 8;
  with.expected.crc32c = crc32c_of("aaaaabbb");
  const UploadId upload = open(with);
  put(upload, 0, "aaaaa");
  put(upload, 1, "bb");
  EXPECT_EQ(reason_of([&] { complete(upload); }), "SIZE_MISMATCH");
  put(upload, 1, "ccc");
  EXPECT_EQ(reason_of([&] { complete(upload); }), "DIGEST_MISMATCH");
  EXPECT_EQ(scripted_.calls("complete_upload"), 0);
  EXPECT_EQ(row(upload).state, OperationState::open) << "parts can be sent again";
  put(upload, 1, "bbb");
  EXPECT_EQ(complete(upload).state, OperationState::completed);
}

TEST_F(CompleteTest, AChecksumThatIsNotKnownIsNotGuessed) {
  store_.profile().lists_checksums = false;
  const UploadId upload = two_parts();
  sessions_.lose_everything();
  const CompleteRequest with{.expected_crc32c = crc32c_of("aaaaabb")};
  EXPECT_EQ(reason_of([&] { expecting(upload, with); }), "CHECKSUM_UNKNOWN");
  EXPECT_EQ(ranges(details_.missing_chunks), "0-1");
  put(upload, 0, "aaaaa");
  EXPECT_EQ(reason_of([&] { expecting(upload, with); }), "CHECKSUM_UNKNOWN");
  EXPECT_EQ(ranges(details_.missing_chunks), "1-1");
  put(upload, 1, "bb");
  EXPECT_EQ(expecting(upload, with).state, OperationState::completed);
}

TEST_F(CompleteTest, WithoutAnExpectationUnknownChecksumsDoNotMatter) {
  store_.profile().lists_checksums = false;
  const UploadId upload = two_parts();
  sessions_.lose_everything();
  EXPECT_EQ(complete(upload).state, OperationState::completed);
  EXPECT_EQ(read(node_of(upload)), "aaaaabb");
}

TEST_F(CompleteTest, ASha256IsReadBackBeforeItIsCompleted) {
  const UploadId upload = two_parts();
  const CompleteAnswer answer = expecting(upload,
                                          {.expected_sha256_base64 = sha256_to_base64(sha256("aaaaabb"))});
  EXPECT_EQ(answer.object.sha256_base64, sha256_to_base64(sha256("aaaaabb")));
  EXPECT_EQ(node(node_of(upload)).object.sha256_base64, answer.object.sha256_base64);
}

TEST_F(CompleteTest, AnotherSha256FailsForGood) {
  const UploadId upload = two_parts();
  const CompleteRequest with{.expected_sha256_base64 = sha256_to_base64(sha256("other"))};
  EXPECT_EQ(reason_of([&] { expecting(upload, with); }), "DIGEST_MISMATCH");
  EXPECT_EQ(row(upload).state, OperationState::failed);
  EXPECT_EQ(node(node_of(upload)).state, NodeState::failed);
  EXPECT_EQ(events(node_of(upload)).back(), "uploads.failed DIGEST_MISMATCH");
  expect_nothing_left_over();
  EXPECT_EQ(objects_at_store(), 0U);
}

TEST_F(CompleteTest, ALostSessionIsRebuilt) {
  const UploadId upload = two_parts();
  sessions_.lose_everything();
  EXPECT_EQ(complete(upload).state, OperationState::completed);
  EXPECT_EQ(row(upload).result->crc32c, crc32c_of("aaaaabb")) << "as far as ListParts tells it";
}

TEST_F(CompleteTest, AfterItEndedOtherwise) {
  const UploadId upload = two_parts();
  cancel(upload);
  EXPECT_EQ(reason_of([&] { complete(upload); }), "UPLOAD_ENDED");
  EXPECT_EQ(details_.state, "CANCELLED");
  EXPECT_EQ(reason_of([&] { complete(UploadId{"unknown-node"}); }), "NOT_FOUND");
}

TEST_F(CompleteTest, WithoutAnUploadIdTheOpenOneIsMeantElseTheLatest) {
  const Node first = object("file");
  const auto complete_node = [&] {
    return stepper_.run(coordinator_->complete({}, {.ref = {.node = first.id}}));
  };
  EXPECT_EQ(complete_node().upload, first.current) << "the latest";
  const UploadId update = open("file");
  put(update, 0, "new");
  EXPECT_EQ(complete_node().upload, update) << "the open one";
  EXPECT_EQ(read(first.id), "new");
}

TEST_F(CompleteTest, AnUpdateChangesThePointerAndTheOldObjectGoesAfterAnHour) {
  const Node before = object("file", "aaaaa", "old");
  const UploadId update = open("file");
  put(update, 0, "new");
  EXPECT_EQ(read(before.id), "aaaaaold");
  complete(update);
  const Node& after = node(before.id);
  EXPECT_EQ(read(before.id), "new");
  EXPECT_NE(after.key, before.key) << "nothing is overwritten";
  EXPECT_EQ(after.current, update);
  EXPECT_EQ(events(before.id), (Names{"uploads.initiated", "uploads.completed", "documents.created",
                                      "uploads.initiated", "uploads.completed", "documents.updated"}));
  live(59min);
  EXPECT_NE(store_.object(before.key), nullptr) << "downloads under way end well";
  live(3min);
  EXPECT_EQ(store_.object(before.key), nullptr);
  EXPECT_TRUE(row(before.current).object_deleted);
  EXPECT_EQ(read(before.id), "new");
}

// Rivals

TEST_F(CompleteTest, ASecondCompleteWaitsForTheFirst) {
  const UploadId upload = two_parts();
  scripted_.next("complete_upload", ScriptedStore::Turn{.after = 10s});
  auto first = start_complete(upload);
  auto second = start_complete(upload);
  EXPECT_EQ(stepper_.finish(second).state, OperationState::completed);
  EXPECT_EQ(stepper_.finish(first).state, OperationState::completed);
  EXPECT_EQ(scripted_.calls("complete_upload"), 1);
  EXPECT_EQ(events(node_of(upload)).size(), 3U);
}

TEST_F(CompleteTest, ASecondCompleteWaitsForThirtySecondsAtMost) {
  const UploadId upload = two_parts();
  scripted_.next("complete_upload", ScriptedStore::Turn{.after = 2min});  // its lease is renewed meanwhile
  auto first = start_complete(upload);
  const Time began = clock_.now();
  const CompleteAnswer second = complete(upload);
  EXPECT_EQ(second.state, OperationState::completing);
  EXPECT_GE(clock_.now() - began, 30s);
  EXPECT_LE(clock_.now() - began, 31s);
  EXPECT_EQ(stepper_.finish(first).state, OperationState::completed);
}

TEST_F(CompleteTest, CancelAndCompleteAtOnceHaveOneWinner) {
  const UploadId upload = two_parts();
  scripted_.next("complete_upload", ScriptedStore::Turn{.after = 5s});
  auto completing = start_complete(upload);
  stepper_.advance(1s);
  EXPECT_EQ(reason_of([&] { cancel(upload); }), "UPLOAD_COMPLETING");
  EXPECT_TRUE(details_.retry_after.has_value());
  EXPECT_EQ(stepper_.finish(completing).state, OperationState::completed);
  EXPECT_EQ(reason_of([&] { cancel(upload); }), "UPLOAD_ENDED");
  EXPECT_EQ(details_.state, "COMPLETED");
  EXPECT_EQ(scripted_.calls("abort_upload"), 0);
}

TEST_F(CompleteTest, AChunkOnItsWayIsWaitedFor) {
  const UploadId upload = two_parts();
  fakes::Moment arrives;
  ClientBody resend{"ccccc"};
  resend.hold_at_end(arrives);
  auto part = start_put(upload, 0, resend);
  EXPECT_EQ(ranges(complete(upload).missing), "0-0");
  EXPECT_EQ(row(upload).state, OperationState::open);
  arrives.come();
  stepper_.finish(part);
  complete(upload);
  EXPECT_EQ(read(node_of(upload)), "cccccbb");
}

// Crashes and lost answers of our own stores

TEST_F(CompleteTest, ALostCommitOfTheWinIsRecognised) {
  const UploadId upload = two_parts();
  link_.lose_next("commit", catalog_away(Outcome::unknown));  // OPEN -> COMPLETING
  EXPECT_EQ(complete(upload).state, OperationState::completed);
  EXPECT_EQ(scripted_.calls("complete_upload"), 1);
}

TEST_F(CompleteTest, ALostCommitOfTheEndIsRecognised) {
  const UploadId upload = two_parts();
  scripted_.next("complete_upload", ScriptedStore::Turn{.then = [&] {
                   link_.lose_next("commit", catalog_away(Outcome::unknown));
                 }});
  EXPECT_EQ(complete(upload).state, OperationState::completed);
  EXPECT_EQ(events(node_of(upload)).size(), 3U) << "one event, however often it was committed";
}

TEST_F(CompleteTest, ACatalogThatIsAwayAtTheEndLeavesItToTheNextTouch) {
  const UploadId upload = two_parts();
  scripted_.next("complete_upload", ScriptedStore::Turn{.then = [&] {
                   link_.refuse_next("load", catalog_away(Outcome::unknown));
                 }});
  EXPECT_EQ(complete(upload).state, OperationState::completing);
  clock_.advance(21s);
  EXPECT_EQ(complete(upload).state, OperationState::completed);
  EXPECT_EQ(scripted_.calls("complete_upload"), 1) << "HEAD shows our token";
}

TEST_F(CompleteTest, WhoTakesOverIsToldIfItWantedAnotherObject) {
  const UploadId upload = two_parts();
  scripted_.next("complete_upload", ScriptedStore::Turn{.then = [] { throw std::bad_alloc(); }});
  auto dying = start_complete(upload);
  EXPECT_THROW(stepper_.finish(dying), std::bad_alloc);
  clock_.advance(1min);
  EXPECT_EQ(reason_of([&] { expecting(upload, {.total_chunks = 2, .expected_crc32c = 1}); }),
            "DIGEST_MISMATCH");
  EXPECT_EQ(row(upload).state, OperationState::completed) << "the first one's object stands";
  EXPECT_EQ(reason_of([&] { expecting(upload, {.total_chunks = 3}); }), "DIGEST_MISMATCH");
  EXPECT_NO_THROW(expecting(upload, {.total_chunks = 2, .expected_crc32c = crc32c_of("aaaaabb")}));
}

TEST_F(CompleteTest, WhatWasAnnouncedIsNotTakenBack) {
  InitiateRequest with = request();
  with.expected.crc32c = 7;
  with.expected.sha256_base64 = sha256_to_base64(sha256("announced"));
  const UploadId upload = open(with);
  put(upload, 0, "aaaaa");
  const auto other = sha256_to_base64(sha256("another"));
  EXPECT_EQ(reason_of([&] { expecting(upload, {.expected_crc32c = crc32c_of("aaaaa")}); }),
            "INVALID_REQUEST");
  EXPECT_EQ(details_.field, "expected_crc32c");
  EXPECT_EQ(reason_of([&] { expecting(upload, {.expected_sha256_base64 = other}); }), "INVALID_REQUEST");
  EXPECT_EQ(details_.field, "expected_sha256");
  EXPECT_EQ(row(upload).state, OperationState::open);
}

// The last chunk was claimed, but its server died before the session heard of it.
TEST_F(CompleteTest, AnAcknowledgedChunkBeyondAClaimedLastIsNotDroppedSilently) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  link_.refuse_next("record_part", sessions_away(Outcome::unknown));
  EXPECT_EQ(reason_of([&] { put(upload, 1, "bbbbb", true); }), "STATE_UNAVAILABLE");
  ASSERT_EQ(row(upload).last, ChunkIndex{1});
  EXPECT_EQ(put(upload, 2, "ccccc").state, OperationState::open);
  put(upload, 1, "bbbbb");
  EXPECT_EQ(reason_of([&] { complete(upload); }), "CHUNK_CONFLICT");
  EXPECT_EQ(row(upload).state, OperationState::open);
}

TEST_F(CompleteTest, AServerThatDiesBeforeItSends) {
  const UploadId upload = two_parts();
  scripted_.next("complete_upload", ScriptedStore::Turn{.after = 1h, .refuse = lost_answer()});
  auto dying = start_complete(upload);
  dying.cancel();
  stepper_.settle();
  EXPECT_EQ(row(upload).state, OperationState::completing);
  live(2min);
  EXPECT_EQ(row(upload).state, OperationState::completed) << "the sweep takes the lease over";
  EXPECT_EQ(read(node_of(upload)), "aaaaabb");
  EXPECT_EQ(events(node_of(upload)).size(), 3U);
  EXPECT_EQ(scripted_.last_completion.parts.size(), 2U);
}

TEST_F(CompleteTest, WhoTakesOverMakesWhatTheFirstOneWasToMake) {
  const UploadId upload = two_parts();
  scripted_.next("complete_upload", ScriptedStore::Turn{.after = 1h, .refuse = lost_answer()});
  auto dying = start_complete(upload);
  dying.cancel();
  stepper_.settle();
  sessions_.lose_everything();
  store_.lose_part(*row(upload).store_upload, PartNumber{2});
  live(32min);
  EXPECT_EQ(row(upload).state, OperationState::open) << "what is left of it is not the whole";
  EXPECT_EQ(objects_at_store(), 0U);
  put(upload, 1, "bb");
  EXPECT_EQ(complete(upload).state, OperationState::completed);
  EXPECT_EQ(read(node_of(upload)), "aaaaabb");
}

TEST_F(CompleteTest, AServerThatDiesAfterItSentOnAStoreThatADoubleHarms) {
  scripted_.capabilities_.complete_twice_harmless = false;
  const UploadId upload = two_parts();
  scripted_.next("complete_upload", ScriptedStore::Turn{.after = 1h, .refuse = lost_answer()});
  const Time sent = clock_.now();
  auto dying = start_complete(upload);
  dying.cancel();
  stepper_.settle();
  live(29min);
  EXPECT_EQ(scripted_.calls("complete_upload"), 1) << "not sent again while the first may be under way";
  EXPECT_EQ(row(upload).state, OperationState::completing);
  live(3min);
  EXPECT_EQ(scripted_.calls("complete_upload"), 2);
  EXPECT_EQ(row(upload).state, OperationState::completed);
  EXPECT_GE(*row(upload).ended_at, sent + 30min);
}

TEST_F(CompleteTest, AServerThatDiesAfterItSentToAStoreThatIsKnownToBeQuick) {
  scripted_.capabilities_.complete_twice_harmless = false;
  scripted_.capabilities_.completion_deadline = 1min;
  const UploadId upload = two_parts();
  scripted_.next("complete_upload", ScriptedStore::Turn{.after = 1h, .refuse = lost_answer()});
  auto dying = start_complete(upload);
  dying.cancel();
  stepper_.settle();
  live(110s);
  EXPECT_EQ(scripted_.calls("complete_upload"), 1);
  live(3min);
  EXPECT_EQ(scripted_.calls("complete_upload"), 2);
  EXPECT_EQ(row(upload).state, OperationState::completed);
}

TEST_F(CompleteTest, TakenOverWithoutItsSession) {
  const UploadId upload = two_parts();
  scripted_.next("complete_upload", ScriptedStore::Turn{.after = 1h, .refuse = lost_answer()});
  auto dying = start_complete(upload);
  dying.cancel();
  stepper_.settle();
  sessions_.lose_everything();
  clock_.advance(21s);
  EXPECT_EQ(complete(upload).state, OperationState::completed) << "a client's repeat takes it over too";
  EXPECT_EQ(read(node_of(upload)), "aaaaabb");
}

TEST_F(CompleteTest, MoreChunksThanTheAnnouncedSizeCanBeAreRefusedBeforeAnyIsAskedFor) {
  InitiateRequest with = request();
  with.expected = {.size = 12, .chunk_size = 5};
  const UploadId upload = open(with);
  put(upload, 0, "aaaaa");
  EXPECT_EQ(reason_of([&] { complete(upload, 4); }), "OUT_OF_LIMITS");
  EXPECT_EQ(details_.limit, 3);
  EXPECT_EQ(ranges(complete(upload, 3).missing), "1-2");
}

TEST_F(CompleteTest, OfHowManyChunksItIsIsKnownAlsoWhereItWentThroughUnseen) {
  const UploadId upload = two_parts();
  complete_unseen(upload);
  EXPECT_EQ(complete(upload).state, OperationState::completed) << "it says nothing of their number";
  EXPECT_EQ(row(upload).received.chunks, 2);
  EXPECT_EQ(complete(upload, 2).state, OperationState::completed);
  EXPECT_EQ(reason_of([&] { complete(upload, 3); }), "DIGEST_MISMATCH");
}

TEST_F(CompleteTest, ASessionThatSomebodyIsJustRebuildingIsNotTakenForEmpty) {
  const UploadId upload = two_parts();
  scripted_.next("list_parts", ScriptedStore::Turn{.then = [&] {
                   const SessionInfo info = sessions_.sessions().at(upload).info;
                   sessions_.lose_everything();
                   await(sessions_.create(info, AttemptId{"somebody"}));
                 }});
  EXPECT_EQ(complete(upload, 2).state, OperationState::completed);
}

TEST_F(CompleteTest, WhereTheNumberOfChunksIsLostNobodyIsContradicted) {
  const UploadId upload = two_parts();
  complete_unseen(upload);
  sessions_.lose_everything();
  EXPECT_EQ(complete(upload).state, OperationState::completed);
  EXPECT_EQ(row(upload).received.chunks, std::nullopt);
  EXPECT_EQ(complete(upload, 2).state, OperationState::completed);
}

TEST_F(CompleteTest, TheSessionStoreIsAwayWhenItIsToBeClosed) {
  const UploadId upload = two_parts();
  link_.refuse_next("close", sessions_away(Outcome::unknown));
  EXPECT_EQ(reason_of([&] { complete(upload); }), "STATE_UNAVAILABLE");
  EXPECT_EQ(row(upload).state, OperationState::open);
  EXPECT_EQ(complete(upload).state, OperationState::completed);
}

TEST_F(CompleteTest, WhetherAChunkIsOnItsWayIsJudgedByTheSessionStoresClock) {
  for (const Millis offset : {Millis{-1h}, Millis{1h}}) {
    sessions_clock_.offset = offset;
    const UploadId upload = open("file" + std::to_string(offset.count()));
    put(upload, 0, "aaaaa");
    ClientBody body("bbbbb");
    fakes::Moment arrives;
    body.hold_at_end(arrives);
    auto sending = start_put(upload, 1, body);
    EXPECT_EQ(ranges(complete(upload).missing), "1-1");
    arrives.come();
    stepper_.finish(sending);
    EXPECT_EQ(complete(upload).object.size, 10);
  }
}

TEST_F(CompleteTest, AnOlderListDoesNotBringBackWhatAFailedResendDestroyed) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  put(upload, 1, "bbbbb");
  clock_.advance(1min);
  scripted_.next("list_parts", ScriptedStore::Turn{.then = [&] {
                   clock_.advance(1s);
                   const BeginPart again{.chunk = ChunkIndex{0}, .size = 5, .attempt = AttemptId{"again"}};
                   await(sessions_.begin_part(upload, again, 10s));
                   await(sessions_.drop_attempt(upload, ChunkIndex{0}, AttemptId{"again"}));
                   store_.lose_part(*row(upload).store_upload, PartNumber{1});
                 }});
  EXPECT_EQ(ranges(complete(upload, 2).missing), "0-0");
  EXPECT_EQ(scripted_.calls("complete_upload"), 0) << "and no round was lost";
}

}  // namespace
}  // namespace longshore
