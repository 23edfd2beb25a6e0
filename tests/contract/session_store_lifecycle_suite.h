#pragma once

#include "tests/contract/session_store_suite.h"

namespace longshore {

// ---- created, ended, forgotten

TEST_P(SessionStoreSuite, ASessionComesBackAsItWasCreated) {
  SessionInfo info = sample_info();
  info.chunk_size = 8 * MiB;
  info.expected_size = 0;
  info.last = ChunkIndex{0};
  info.part_bytes_max = std::int64_t{5} << 40;
  create(info);
  const LedgerSnapshot ledger = snapshot();
  EXPECT_EQ(ledger.info, info);
  EXPECT_TRUE(ledger.entries.empty());
  EXPECT_TRUE(ledger.closed_by.empty());
  EXPECT_EQ(ledger.last_activity, clock_.now());
  EXPECT_EQ(ledger.listed_at, Time{});
}

TEST_P(SessionStoreSuite, ALedgerTellsWhatTimeItIsThere) {
  create();
  const Time created = clock_.now();
  clock_.advance(Millis{5});
  EXPECT_EQ(snapshot().now, clock_.now());
  clock_.advance(Millis{5});
  const auto closed = await(store().close(upload_, AttemptId{"c"}));
  EXPECT_EQ(closed->now, clock_.now());
  EXPECT_EQ(closed->last_activity, created);
}

TEST_P(SessionStoreSuite, ASessionOfDefaultsComesBackToo) {
  create();
  EXPECT_EQ(snapshot().info, sample_info());
}

TEST_P(SessionStoreSuite, ASessionIsNeverOverwritten) {
  create();
  put(part(0, "a"));
  SessionInfo other = sample_info();
  other.store_upload = StoreUploadId{"store-2"};
  EXPECT_FALSE(is_created(other));
  EXPECT_EQ(snapshot().info, sample_info());
  EXPECT_TRUE(stored(0));
}

TEST_P(SessionStoreSuite, SessionsDoNotTouchEachOther) {
  create();
  SessionInfo second = sample_info("upload-000000001.2");
  create(second);
  put(part(0, "a"));
  await(store().close(second.upload, AttemptId{"c"}));
  EXPECT_TRUE(await(store().snapshot(second.upload))->entries.empty());
  EXPECT_TRUE(snapshot().closed_by.empty());
  await(store().end(second.upload, kKept));
  EXPECT_TRUE(stored(0));
  EXPECT_TRUE(begins(part(1, "b")));
}

TEST_P(SessionStoreSuite, WhatIsAbsentIsSaidToBe) {
  EXPECT_TRUE(std::holds_alternative<SessionAbsent>(begin(part(0, "a"))));
  EXPECT_FALSE(renew(0, "a"));
  drop(0, "a");
  EXPECT_EQ(record_result(0, "a", receipt("e")), RecordResult::absent);
  EXPECT_FALSE(await(store().snapshot(upload_)));
  merge({listed(0, "e")});
  await(store().repair(upload_, {{ChunkIndex{0}, ETag{"e"}, std::nullopt}}));
  EXPECT_FALSE(await(store().close(upload_, AttemptId{"c"})));
  await(store().reopen(upload_, AttemptId{"c"}));
  EXPECT_FALSE(await(store().snapshot(upload_))) << "none of these makes a session";
}

TEST_P(SessionStoreSuite, AnEndedSessionLeavesATombstone) {
  create();
  put(part(0, "a"));
  ASSERT_TRUE(begins(part(1, "b")));
  await(store().end(upload_, kKept));

  EXPECT_FALSE(is_created(sample_info())) << "a tombstone is never overwritten";
  EXPECT_TRUE(std::holds_alternative<SessionEnded>(begin(part(0, "c"))));
  EXPECT_FALSE(renew(1, "b"));
  EXPECT_EQ(record_result(1, "b", receipt("e")), RecordResult::absent);
  EXPECT_FALSE(await(store().snapshot(upload_)));
  EXPECT_FALSE(await(store().close(upload_, AttemptId{"c"})));
  merge({listed(0, "e")});
  EXPECT_FALSE(await(store().snapshot(upload_)));
}

TEST_P(SessionStoreSuite, ATombstoneEndsByTheClock) {
  create();
  put(part(0, "a"));
  await(store().end(upload_, kKept));
  clock_.advance(kKept - Millis{1});
  EXPECT_TRUE(std::holds_alternative<SessionEnded>(begin(part(0, "b"))));
  EXPECT_FALSE(is_created(sample_info()));
  clock_.advance(Millis{1});
  EXPECT_TRUE(std::holds_alternative<SessionAbsent>(begin(part(0, "b"))));
  create();
  EXPECT_TRUE(snapshot().entries.empty()) << "nothing of the old one is left";
}

TEST_P(SessionStoreSuite, EndIsIdempotentAndNeedsNoSession) {
  await(store().end(upload_, kKept));
  EXPECT_FALSE(is_created(sample_info()));
  clock_.advance(kKept - Millis{1});
  await(store().end(upload_, kKept));
  clock_.advance(Millis{1});
  EXPECT_FALSE(is_created(sample_info())) << "the later end counts";
}

TEST_P(SessionStoreSuite, OldTombstonesAreForgotten) {
  for (int i = 0; i < 5; ++i) {
    await(store().end(UploadId{"upload-00000000" + std::to_string(i)}, Millis{i < 3 ? 10 : 1000}));
  }
  EXPECT_EQ(await(store().forget_ended(100)), 0);
  clock_.advance(Millis{10});
  // A store whose keys expire by themselves has nothing to do.
  EXPECT_LE(await(store().forget_ended(2)), 2);
  EXPECT_LE(await(store().forget_ended(100)), 3);
  EXPECT_EQ(await(store().forget_ended(100)), 0);
  EXPECT_FALSE(is_created(sample_info("upload-000000004"))) << "its time is not over";
  create(sample_info("upload-000000000"));
}

// ---- summed up

TEST_P(SessionStoreSuite, ManyLedgersAreSummedUpAtOnce) {
  create();
  put(part(0, "a"));
  put(last_part(1, "b", kShort));
  const SessionInfo second = sample_info("upload-000000001.2");
  create(second);
  ASSERT_TRUE(
      std::holds_alternative<PartBegun>(await(store().begin_part(second.upload, part(4, "c"), kLifetime))));
  const UploadId ended{"upload-000000001.3"};
  await(store().end(ended, kKept));

  const auto found = await(
      store().summaries({second.upload, ended, UploadId{"upload-000000009"}, upload_, second.upload}));
  ASSERT_EQ(found.size(), 5U);
  EXPECT_FALSE(found[1]);
  EXPECT_FALSE(found[2]);
  ASSERT_TRUE(found[0] && found[3] && found[4]);
  EXPECT_EQ(found[0]->received, 0);
  EXPECT_TRUE(found[0]->attempts_running);
  EXPECT_EQ(found[3]->bytes, kFull + kShort);
  EXPECT_EQ(found[3]->received, 2);
  EXPECT_EQ(found[3]->last, ChunkIndex{1});
  EXPECT_TRUE(found[3]->whole);
  EXPECT_TRUE(found[4]->attempts_running) << "an upload that is asked for twice is answered twice";
  EXPECT_TRUE(await(store().summaries({})).empty());
}

// ---- closed and reopened

TEST_P(SessionStoreSuite, AClosedSessionBeginsNoPart) {
  create();
  put(part(0, "a"), 7);
  const auto closed = await(store().close(upload_, AttemptId{"completion"}));
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->closed_by, AttemptId{"completion"});
  EXPECT_EQ(closed->entries.size(), 1U);

  const BeginAnswer answer = begin(part(1, "b"));
  ASSERT_TRUE(std::holds_alternative<SessionClosed>(answer));
  EXPECT_EQ(std::get<SessionClosed>(answer).by, AttemptId{"completion"});
  BeginPart same = part(0, "b");
  same.crc32c = 7;
  EXPECT_TRUE(std::holds_alternative<SessionClosed>(begin(same))) << "not even one that is there";
  EXPECT_TRUE(stored(0)) << "and no receipt is withdrawn";
}

TEST_P(SessionStoreSuite, ASessionMayBeClosedFromTheStart) {
  ASSERT_TRUE(await(store().create(sample_info(), AttemptId{"rebuilding"})));
  EXPECT_EQ(snapshot().closed_by, AttemptId{"rebuilding"});
  EXPECT_TRUE(std::holds_alternative<SessionClosed>(begin(part(0, "a"))));
  merge({listed(0, "zero")});
  EXPECT_TRUE(stored(0));
  await(store().reopen(upload_, AttemptId{"rebuilding"}));
  EXPECT_TRUE(begins(part(1, "b")));
}

TEST_P(SessionStoreSuite, AnAttemptUnderWayIsRecordedOnAClosedSession) {
  create();
  ASSERT_TRUE(begins(part(0, "a")));
  await(store().close(upload_, AttemptId{"completion"}));
  EXPECT_TRUE(renew(0, "a"));
  EXPECT_EQ(record_result(0, "a", receipt("e")), RecordResult::recorded);
  merge({listed(1, "f")});
  EXPECT_TRUE(stored(1)) << "a completion merges ListParts in";
}

TEST_P(SessionStoreSuite, ExactlyTheMarkThatIsThereIsCleared) {
  create();
  await(store().close(upload_, AttemptId{"one"}));
  await(store().reopen(upload_, AttemptId{"two"}));
  EXPECT_EQ(snapshot().closed_by, AttemptId{"one"});
  EXPECT_EQ(await(store().close(upload_, AttemptId{"two"}))->closed_by, AttemptId{"two"})
      << "the later one counts";
  EXPECT_EQ(await(store().close(upload_, AttemptId{"one"}))->closed_by, AttemptId{"two"})
      << "also where the earlier one is late";
  await(store().reopen(upload_, AttemptId{"one"}));
  EXPECT_EQ(snapshot().closed_by, AttemptId{"two"});
  await(store().reopen(upload_, AttemptId{"two"}));
  EXPECT_TRUE(snapshot().closed_by.empty());
  EXPECT_TRUE(begins(part(0, "a")));
}

// ---- ListParts

TEST_P(SessionStoreSuite, AListFillsOnlyVacantChunks) {
  create();
  put(part(0, "a"), 7);
  ASSERT_TRUE(begins(part(1, "b")));
  ASSERT_TRUE(begins(part(2, "c")));
  drop(2, "c");
  const Time activity = snapshot().last_activity;
  clock_.advance(Millis{5});
  merge({listed(0, "other", kShort), listed(1, "late"), listed(2, "two", kFull, 9), listed(3, "three")});

  EXPECT_EQ(stored(0), receipt("etag-0", kFull, 7)) << "a receipt stays";
  EXPECT_FALSE(stored(1)) << "an attempt stays";
  EXPECT_EQ(running(1)->id, AttemptId{"b"});
  EXPECT_EQ(stored(2), receipt("two", kFull, 9));
  EXPECT_EQ(stored(3), receipt("three")) << "a checksum that is not listed is absent";
  EXPECT_EQ(snapshot().listed_at, clock_.now());
  EXPECT_EQ(snapshot().last_activity, activity) << "a list is no activity";
  EXPECT_FALSE(snapshot().info.last) << "nor does it say which chunk is the last";
  EXPECT_EQ(record_result(1, "b", receipt("e")), RecordResult::recorded);
}

TEST_P(SessionStoreSuite, AListFillsWhereAnAttemptHasRunOut) {
  create();
  ASSERT_TRUE(begins(part(0, "a")));
  clock_.advance(kLifetime + Millis{1});
  merge({listed(0, "listed")});
  EXPECT_EQ(stored(0), receipt("listed"));
  EXPECT_EQ(record_result(0, "a", receipt("mine")), RecordResult::stale);
  EXPECT_EQ(stored(0), receipt("listed"));
}

TEST_P(SessionStoreSuite, AListDoesNotFillWhatHasChangedSinceItWasAskedFor) {
  create();
  put(part(0, "a"));
  put(part(1, "b"));
  put(part(2, "c"));
  clock_.advance(Millis{5});  // a list is asked for
  ASSERT_TRUE(begins(part(0, "d")));
  drop(0, "d");
  ASSERT_TRUE(begins(part(1, "e"), Millis{1}));
  await(store().repair(upload_, {{ChunkIndex{2}, ETag{"etag-2"}, std::nullopt}}));
  clock_.advance(Millis{5});
  const std::vector<ListedPart> parts{listed(0, "zero"), listed(1, "one"), listed(2, "two"),
                                      listed(3, "new")};
  merge(parts, Millis{5});
  EXPECT_FALSE(stored(0)) << "dropped";
  EXPECT_FALSE(stored(1)) << "run out";
  EXPECT_FALSE(stored(2)) << "taken back";
  EXPECT_TRUE(stored(3));
  EXPECT_EQ(snapshot().listed_at, clock_.now() - Millis{5}) << "when it was asked for";
  merge(parts);
  EXPECT_EQ(stored(0), receipt("zero")) << "the next one does";
  EXPECT_EQ(stored(1), receipt("one"));
  EXPECT_EQ(stored(2), receipt("two"));
  merge({}, Millis{5});
  EXPECT_EQ(snapshot().listed_at, clock_.now()) << "of two lists the newer counts";
}

TEST_P(SessionStoreSuite, AnEmptyListIsAListToo) {
  create();
  merge({});
  EXPECT_EQ(snapshot().listed_at, clock_.now());
  EXPECT_TRUE(snapshot().entries.empty());
}

TEST_P(SessionStoreSuite, ListedPartsCountLikeReceipts) {
  create();
  merge({listed(0, "zero"), listed(1, "one", kShort)});
  EXPECT_EQ(refusal(part(2, "a")), Reason::chunk_conflict) << "chunk 1 is short: it can only be the last";
  EXPECT_EQ(refusal(last_part(0, "a")), Reason::chunk_conflict);
  EXPECT_TRUE(begins(part(0, "a")));
}

// ---- repair

TEST_P(SessionStoreSuite, OnlyTheContradictedReceiptIsRepaired) {
  create();
  for (int chunk = 0; chunk < 4; ++chunk) put(part(chunk, "a" + std::to_string(chunk)), 7);
  ASSERT_TRUE(begins(part(4, "e")));
  await(store().repair(upload_, {{ChunkIndex{0}, ETag{"etag-0"}, std::nullopt},
                                 {ChunkIndex{1}, ETag{"etag-1"}, ETag{"listed-1"}},
                                 {ChunkIndex{2}, ETag{"another"}, std::nullopt},
                                 {ChunkIndex{3}, ETag{"another"}, ETag{"listed-3"}},
                                 {ChunkIndex{4}, ETag{"etag-4"}, std::nullopt},
                                 {ChunkIndex{5}, ETag{"etag-5"}, ETag{"listed-5"}}}));
  EXPECT_FALSE(stored(0));
  EXPECT_EQ(stored(1), receipt("listed-1", kFull, 7)) << "the rest of the receipt stays";
  EXPECT_EQ(stored(2), receipt("etag-2", kFull, 7));
  EXPECT_EQ(stored(3), receipt("etag-3", kFull, 7));
  EXPECT_TRUE(running(4)) << "an attempt is not touched";
  EXPECT_FALSE(stored(5));
  EXPECT_TRUE(begins(part(0, "again")));
}

}  // namespace longshore
