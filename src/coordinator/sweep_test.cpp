// What nobody waits for: idle uploads, whole sets, ended leases, retention.
#include <gtest/gtest.h>

#include "base/hash.h"
#include "coordinator/fixture_test.h"

namespace longshore {
namespace {

class SweepTest : public CoordinatorTest {
 protected:
  [[nodiscard]] bool is_known(const UploadId& upload) const { return catalog_.operations().contains(upload); }
};

TEST_F(SweepTest, AnIdleUploadExpiresAfterADay) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  live(23h);
  EXPECT_EQ(row(upload).state, OperationState::open);
  live(2h);
  EXPECT_EQ(row(upload).state, OperationState::expired);
  EXPECT_EQ(row(upload).error_code, "EXPIRED");
  EXPECT_EQ(node(node_of(upload)).state, NodeState::expired);
  EXPECT_EQ(events(node_of(upload)), (Names{"uploads.initiated", "uploads.failed EXPIRED"}));
  EXPECT_EQ(reason_of([&] { put(upload, 1, "bbbbb"); }), "UPLOAD_ENDED");
  EXPECT_EQ(details_.state, "EXPIRED");
  expect_nothing_left_over();
}

TEST_F(SweepTest, CompletionsThatTakeLongLeaveRoomForTheOthers) {
  const UploadId idle = open("idle");
  clock_.advance(23h + 58min);
  for (const std::string name : {"one", "two", "three"}) {
    scripted_.refuse_next("complete_upload", access_denied());
    const UploadId set = open(name);
    EXPECT_EQ(reason_of([&] { put(set, 0, "aaaaa", true); }), "STORE_REFUSED");
  }
  clock_.advance(2min);
  for (int i = 0; i < 2; ++i) scripted_.next("complete_upload", ScriptedStore::Turn{.after = 10min});
  auto first = stepper_.start(coordinator_->sweep(1));
  auto second = stepper_.start(coordinator_->sweep(1));
  auto third = stepper_.start(coordinator_->sweep(1));
  auto fourth = stepper_.start(coordinator_->sweep(1));
  EXPECT_FALSE(first.done());
  EXPECT_FALSE(second.done());
  EXPECT_TRUE(third.done()) << "its turn is later";
  EXPECT_TRUE(fourth.done());
  EXPECT_EQ(row(idle).state, OperationState::expired);
  stepper_.finish(first);
  stepper_.finish(second);
  live(2min);
  for (const std::string name : {"one", "two", "three"})
    EXPECT_EQ(node_named(name).state, NodeState::active) << name;
}

TEST_F(SweepTest, ActivityPutsItOff) {
  const UploadId upload = open();
  for (std::int32_t chunk = 0; chunk < 3; ++chunk) {
    live(20h);
    put(upload, chunk, "aaaaa");
  }
  EXPECT_EQ(row(upload).state, OperationState::open);
  EXPECT_EQ(complete(upload).state, OperationState::completed);
}

TEST_F(SweepTest, ButNotBeyondSixDays) {
  const UploadId upload = open();
  for (std::int32_t chunk = 0; chunk < 7; ++chunk) {
    put(upload, chunk, "aaaaa");
    live(20h + 30min);
  }
  EXPECT_EQ(row(upload).state, OperationState::open) << "143.5 hours";
  live(1h);
  EXPECT_EQ(row(upload).state, OperationState::expired);
}

TEST_F(SweepTest, BytesOfAPartInProgressAreActivity) {
  const UploadId upload = open();
  live(23h + 58min);
  scripted_.next("put_part", ScriptedStore::Turn{.after = 10min});
  ClientBody body{"aaaaa"};
  auto part = start_put(upload, 0, body);
  live(5min);
  EXPECT_EQ(row(upload).state, OperationState::open);
  EXPECT_TRUE(stepper_.finish(part).stored);
}

TEST_F(SweepTest, ActivityThatWasLostCountsAsNow) {
  const UploadId upload = open();
  live(23h);
  sessions_.lose_everything();
  live(2h);
  EXPECT_EQ(row(upload).state, OperationState::open);
  live(24h);
  EXPECT_EQ(row(upload).state, OperationState::expired);
}

TEST_F(SweepTest, TheStoresOwnCleanUpIsAnticipated) {
  scripted_.capabilities_.unfinished_lifetime = 12h;
  const UploadId upload = open();
  live(13h);
  EXPECT_EQ(row(upload).state, OperationState::expired);
}

TEST_F(SweepTest, AWholeSetThatNobodyCompletedIsCompleted) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  // The last chunk's server dies between its receipt and the completion.
  scripted_.next("put_part", ScriptedStore::Turn{.then = [&] {
                   for (int i = 0; i < 3; ++i) link_.next("snapshot", fakes::Fate{.effect = false});
                 }});
  ClientBody body{"bb"};
  auto dying = start_put(upload, 1, body, true);
  dying.cancel();
  stepper_.settle();
  ASSERT_EQ(row(upload).state, OperationState::open);
  EXPECT_EQ(row(upload).last, ChunkIndex{1});
  link_.forget_fates();
  live(5min);
  EXPECT_EQ(row(upload).state, OperationState::completed);
  EXPECT_EQ(read(node_of(upload)), "aaaaabb");
}

TEST_F(SweepTest, ASetThatCannotBeCompletedIsNotTriedEveryMinute) {
  InitiateRequest with = request();
  with.expected.size = 100;
  const UploadId upload = open(with);
  put(upload, 0, "aaaaa");
  EXPECT_EQ(reason_of([&] { put(upload, 1, "bb", true); }), "SIZE_MISMATCH");
  const int before = scripted_.calls("list_parts");
  live(10h);
  EXPECT_EQ(row(upload).state, OperationState::open);
  EXPECT_LE(scripted_.calls("list_parts") - before, 12);
  live(15h);
  EXPECT_EQ(row(upload).state, OperationState::expired);
}

// The store is away just when the sweep comes: what was acknowledged is not given up for that.
TEST_F(SweepTest, AWholeSetOutlivesAStoreThatIsAway) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  const Error away = unavailable(Reason::store_unavailable, "SlowDown", Outcome::retry);
  for (int i = 0; i < 3; ++i) scripted_.refuse_next("complete_upload", away);
  EXPECT_EQ(reason_of([&] { put(upload, 1, "bb", true); }), "STORE_UNAVAILABLE");
  ASSERT_EQ(row(upload).state, OperationState::open);
  clock_.advance(25h);  // nobody was there to complete it
  for (int i = 0; i < 9; ++i) scripted_.refuse_next("complete_upload", away);
  live(2min);
  EXPECT_EQ(row(upload).state, OperationState::open);
  live(8min);
  EXPECT_EQ(row(upload).state, OperationState::completed) << "and it is tried again soon";
}

TEST_F(SweepTest, AWholeSetDoesNotOutliveItsLifetime) {
  scripted_.capabilities_.unfinished_lifetime = 3h;  // whatever lives longer is the store's
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  for (int i = 0; i < 1'000; ++i)
    scripted_.refuse_next("complete_upload",
                          unavailable(Reason::store_unavailable, "SlowDown", Outcome::retry));
  EXPECT_EQ(reason_of([&] { put(upload, 1, "bb", true); }), "STORE_UNAVAILABLE");
  live(2h);
  EXPECT_EQ(row(upload).state, OperationState::open);
  live(2h);
  EXPECT_EQ(row(upload).state, OperationState::expired);
}

TEST_F(SweepTest, OneTurnForgetsAllWhoseTimeIsOver) {
  for (int i = 0; i < 250; ++i) cancel(open("gone" + std::to_string(i)));
  clock_.advance(2h);
  stepper_.run(coordinator_->sweep(100));
  EXPECT_EQ(stepper_.run(sessions_.forget_ended(1)), 0);
}

TEST_F(SweepTest, WhatIsNoErrorOfOursStopsNothingEither) {
  const UploadId one = open("one");
  const UploadId two = open("two");
  clock_.advance(25h);
  scripted_.next("abort_upload", ScriptedStore::Turn{.then = [] { throw std::bad_alloc(); }});
  EXPECT_EQ(stepper_.run(coordinator_->sweep(100)), 2);
  EXPECT_EQ(reports_.size(), 1U);
  EXPECT_EQ(row(one).state, OperationState::expired);
  EXPECT_EQ(row(two).state, OperationState::expired);
}

// A failed update is forgotten after its time; who asks for the node's upload gets the one that made it.
TEST_F(SweepTest, TheLatestUploadOfANodeIsNeverOneThatWasForgotten) {
  const Node made = object("file");
  cancel(open("file"));
  ASSERT_NE(node(made.id).latest, made.current);
  live(100 * 24h);
  EXPECT_EQ(node(made.id).latest, made.current);
  EXPECT_EQ(stepper_.run(coordinator_->status({.node = made.id})).operation.state, OperationState::completed);
}

TEST_F(SweepTest, ARowCostsNothingWhileNothingIsDue) {
  for (int i = 0; i < 20; ++i) open("file" + std::to_string(i));
  clock_.advance(10h);
  EXPECT_EQ(stepper_.run(coordinator_->sweep(100)), 0);
}

TEST_F(SweepTest, OneThatFailsDoesNotStopTheOthers) {
  const UploadId one = open("one");
  const UploadId two = open("two");
  clock_.advance(25h);
  link_.refuse_next("snapshot", sessions_away(Outcome::unknown));
  EXPECT_EQ(stepper_.run(coordinator_->sweep(100)), 2);
  EXPECT_EQ(reports_.size(), 1U);
  EXPECT_TRUE((row(one).state == OperationState::expired) != (row(two).state == OperationState::expired));
  live(2min);
  EXPECT_EQ(row(one).state, OperationState::expired);
  EXPECT_EQ(row(two).state, OperationState::expired);
}

TEST_F(SweepTest, TwoServersDoNotLookAtTheSameRow) {
  const UploadId upload = open();
  clock_.advance(25h);
  auto one = stepper_.start(coordinator_->sweep(100));
  auto two = stepper_.start(coordinator_->sweep(100));
  EXPECT_EQ(stepper_.finish(one) + stepper_.finish(two), 1);
  EXPECT_EQ(row(upload).state, OperationState::expired);
  EXPECT_EQ(events(node_of(upload)).size(), 2U);
}

TEST_F(SweepTest, AnEndedSessionThatCouldNotBeDroppedIsDroppedLater) {
  const UploadId upload = open();
  put(upload, 0, "aaaaa");
  link_.refuse_next("end", sessions_away(Outcome::unknown));
  EXPECT_EQ(complete(upload).state, OperationState::completed);
  EXPECT_TRUE(sessions_.sessions().contains(upload));
  live(5min);
  EXPECT_FALSE(sessions_.sessions().contains(upload));
}

// Retention

TEST_F(SweepTest, EndedRowsAreForgottenAfterNinetyDays) {
  const UploadId upload = open();
  cancel(upload);
  live(24h * 89);
  EXPECT_TRUE(is_known(upload));
  live(24h * 2);
  EXPECT_FALSE(is_known(upload));
  EXPECT_TRUE(catalog_.nodes().empty()) << "it never was ACTIVE";
  EXPECT_EQ(reason_of([&] { status(upload); }), "NOT_FOUND");
}

TEST_F(SweepTest, WhatANodePointsToIsKept) {
  const Node first = object("file");
  const Node second = object("file");
  live(24h * 100);
  EXPECT_TRUE(is_known(second.current));
  EXPECT_FALSE(is_known(first.current)) << "replaced, its object deleted, its time over";
  EXPECT_EQ(read(second.id), "aaaaabb");
  EXPECT_EQ(stepper_.run(coordinator_->sweep(100)), 0) << "and is not looked at any more";
}

TEST_F(SweepTest, ADeletedNodeStaysDeleted) {
  const Node kept = object("deleted");
  remove(kept.id);
  const Node purged = object("purged");
  remove(purged.id, true);
  live(24h * 100);
  EXPECT_EQ(node(kept.id).state, NodeState::deleted);
  EXPECT_TRUE(is_known(kept.current)) << "its object is still there";
  EXPECT_EQ(node(purged.id).state, NodeState::deleted);
}

class Hashing : public CoordinatorTest {
 protected:
  Hashing() : CoordinatorTest({.sha256_in_background = true}) {}
};

TEST_F(Hashing, ASha256IsReadBackInTheBackground) {
  const Node before = object("file");
  EXPECT_EQ(before.object.sha256_base64, "");
  live(5min);
  EXPECT_EQ(node(before.id).object.sha256_base64, sha256_to_base64(sha256("aaaaabb")));
  EXPECT_EQ(row(before.current).result->sha256_base64, node(before.id).object.sha256_base64);
  EXPECT_EQ(events(before.id).size(), 3U);
  const int reads = scripted_.calls("get");
  live(48h);
  EXPECT_EQ(scripted_.calls("get"), reads) << "once";
}

TEST_F(Hashing, ALongReadingIsDoneByOneSweeperAlone) {
  const Node before = object("file");
  scripted_.next("get", {.after = 10min});
  auto reading = stepper_.start(coordinator_->sweep(100));
  for (int minute = 0; minute < 9; ++minute) {
    stepper_.advance(1min);
    stepper_.start(coordinator_->sweep(100));
  }
  EXPECT_EQ(scripted_.calls("get"), 1);
  stepper_.advance(10min);
  EXPECT_TRUE(reading.done());
  EXPECT_EQ(node(before.id).object.sha256_base64, sha256_to_base64(sha256("aaaaabb")));
}

}  // namespace
}  // namespace longshore
