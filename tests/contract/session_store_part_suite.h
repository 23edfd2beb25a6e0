#pragma once

#include <algorithm>
#include <random>

#include "tests/contract/session_store_suite.h"

namespace longshore {

class SessionStorePartSuite : public SessionStoreSuite {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SessionStorePartSuite);

// ---- the two steps

TEST_P(SessionStorePartSuite, BeginThenRecord) {
  create();
  const BeginAnswer answer = begin(part(3, "a"));
  ASSERT_TRUE(std::holds_alternative<PartBegun>(answer));
  EXPECT_EQ(std::get<PartBegun>(answer).info, sample_info());
  EXPECT_EQ(running(3), (Attempt{AttemptId{"a"}, clock_.now() + kLifetime, kFull, false}));
  EXPECT_FALSE(stored(3));

  const Receipt what = receipt("\"etag\" '; --", kFull, 0xffffffff);
  const RecordAnswer recorded = record(3, "a", what);
  EXPECT_EQ(recorded.result, RecordResult::recorded);
  EXPECT_EQ(stored(3), what);
  EXPECT_FALSE(running(3));
  EXPECT_EQ(recorded.summary.bytes, kFull);
  EXPECT_EQ(recorded.summary.received, 1);
}

TEST_P(SessionStorePartSuite, AReceiptIsRecordedOnce) {
  create();
  ASSERT_TRUE(begins(part(0, "a")));
  ASSERT_EQ(record_result(0, "a", receipt("e")), RecordResult::recorded);
  EXPECT_EQ(record_result(0, "a", receipt("f")), RecordResult::stale);
  EXPECT_FALSE(renew(0, "a"));
  EXPECT_EQ(stored(0), receipt("e"));
}

TEST_P(SessionStorePartSuite, OnlyTheCurrentAttemptCounts) {
  create();
  ASSERT_TRUE(begins(part(0, "a")));
  EXPECT_EQ(record_result(0, "b", receipt("e")), RecordResult::stale);
  EXPECT_EQ(record_result(1, "a", receipt("e")), RecordResult::stale) << "another chunk";
  EXPECT_FALSE(renew(0, "b"));
  EXPECT_FALSE(renew(1, "a"));
  drop(0, "b");
  drop(1, "a");
  EXPECT_TRUE(running(0));
  EXPECT_FALSE(stored(0));
  EXPECT_EQ(record_result(0, "a", receipt("e")), RecordResult::recorded);
}

TEST_P(SessionStorePartSuite, EqualPartsAreEntriesOfTheirOwn) {
  create();
  ASSERT_TRUE(begins(part(0, "a")));
  ASSERT_TRUE(begins(part(1, "b")));
  record(0, "a", receipt("same", kFull, 1));
  EXPECT_EQ(record(1, "b", receipt("same", kFull, 1)).summary.bytes, 2 * kFull);
  EXPECT_EQ(snapshot().entries.size(), 2U);
}

TEST_P(SessionStorePartSuite, ASecondAttemptFindsTheFirstOneBusy) {
  create();
  ASSERT_TRUE(begins(part(0, "a")));
  clock_.advance(Millis{1});
  const BeginAnswer answer = begin(part(0, "b"));
  ASSERT_TRUE(std::holds_alternative<AttemptBusy>(answer));
  EXPECT_EQ(std::get<AttemptBusy>(answer).until, clock_.now() - Millis{1} + kLifetime);
  EXPECT_EQ(running(0)->id, AttemptId{"a"});
}

TEST_P(SessionStorePartSuite, ABeginWhoseAnswerWasLostIsRepeated) {
  create();
  ASSERT_TRUE(begins(part(0, "a")));
  clock_.advance(Millis{5});
  EXPECT_TRUE(begins(part(0, "a"))) << "the same attempt";
  EXPECT_EQ(running(0)->until, clock_.now() + kLifetime);
}

// ---- the clock

TEST_P(SessionStorePartSuite, AnAttemptEndsByTheClock) {
  create();
  ASSERT_TRUE(begins(part(0, "a")));
  clock_.advance(kLifetime - Millis{1});
  EXPECT_TRUE(std::holds_alternative<AttemptBusy>(begin(part(0, "b"))));
  clock_.advance(Millis{1});
  EXPECT_FALSE(renew(0, "a")) << "it has run out";
  EXPECT_EQ(record_result(0, "a", receipt("e")), RecordResult::stale);
  EXPECT_FALSE(stored(0));
  EXPECT_TRUE(begins(part(0, "b")));
  EXPECT_EQ(record_result(0, "a", receipt("e")), RecordResult::stale);
  EXPECT_EQ(record_result(0, "b", receipt("f")), RecordResult::recorded);
}

TEST_P(SessionStorePartSuite, LongAfterItsEndAnAttemptIsStale) {
  create();
  ASSERT_TRUE(begins(last_part(0, "a", kShort)));
  clock_.advance(10 * kLifetime);
  EXPECT_FALSE(renew(0, "a"));
  EXPECT_EQ(record_result(0, "a", receipt("e")), RecordResult::stale);
  EXPECT_FALSE(snapshot().info.last);
  EXPECT_TRUE(begins(part(1, "b"))) << "it claims to be the last one no more";
}

TEST_P(SessionStorePartSuite, ARenewedAttemptLivesOn) {
  create();
  ASSERT_TRUE(begins(part(0, "a")));
  clock_.advance(kLifetime - Millis{1});
  EXPECT_TRUE(renew(0, "a"));
  EXPECT_EQ(running(0)->until, clock_.now() + kLifetime);
  clock_.advance(kLifetime - Millis{1});
  EXPECT_EQ(record_result(0, "a", receipt("e")), RecordResult::recorded);
}

TEST_P(SessionStorePartSuite, WhatIsActivity) {
  create();
  const auto acts = [this](auto step) {
    clock_.advance(Millis{1});
    step();
    return snapshot().last_activity == clock_.now();
  };
  EXPECT_TRUE(acts([&] { begin(part(0, "a")); }));
  EXPECT_TRUE(acts([&] { renew(0, "a"); }));
  EXPECT_FALSE(acts([&] { renew(0, "b"); })) << "an attempt that is not there";
  EXPECT_FALSE(acts([&] { begin(part(0, "b")); })) << "busy";
  EXPECT_FALSE(acts([&] { record(0, "b", receipt("e")); })) << "stale";
  EXPECT_TRUE(acts([&] { record(0, "a", receipt("e", kFull, 7)); }));
  BeginPart same = part(0, "c");
  same.crc32c = 7;
  EXPECT_FALSE(acts([&] { begin(same); })) << "acknowledged";
  EXPECT_FALSE(acts([&] { await(store().close(upload_, AttemptId{"c"})); }));
  EXPECT_FALSE(acts([&] { await(store().reopen(upload_, AttemptId{"c"})); }));
}

TEST_P(SessionStorePartSuite, AnAttemptThatHasRunOutCountsNowhere) {
  SessionInfo info = sample_info();
  info.parts_in_flight_max = 1;
  create(info);
  ASSERT_TRUE(begins(last_part(5, "a", kShort)));
  EXPECT_EQ(refusal(part(6, "b")), Reason::chunk_conflict);
  EXPECT_EQ(refusal(part(0, "b")), Reason::too_many_chunks_in_flight);
  clock_.advance(kLifetime + Millis{1});
  EXPECT_TRUE(begins(part(6, "b"))) << "no last part, no attempt in flight";
  EXPECT_EQ(record(6, "b", receipt("e")).summary.attempts_running, false);
}

TEST_P(SessionStorePartSuite, ADroppedAttemptIsGone) {
  create();
  ASSERT_TRUE(begins(last_part(0, "a", kShort)));
  drop(0, "a");
  EXPECT_FALSE(running(0));
  EXPECT_EQ(record_result(0, "a", receipt("e")), RecordResult::stale);
  drop(0, "a");
  EXPECT_TRUE(begins(part(1, "b"))) << "its claim to be the last one is gone too";
}

TEST_P(SessionStorePartSuite, SummariesAreWhatTheLedgerSays) {
  create();
  std::mt19937 dice(7);
  const auto step = [&](int chunk, const std::string& attempt, const std::string& etag) {
    switch (dice() % 8) {
      case 0:
      case 1:
        return static_cast<void>(refusal(part(chunk, attempt)));
      case 2:
      case 3:
        return static_cast<void>(record(chunk, attempt, receipt(etag, kFull - static_cast<int>(dice() % 3))));
      case 4:
        return drop(chunk, attempt);
      case 5:
        return merge({listed(chunk, etag), listed(chunk + 1, etag, kFull + 1)});
      case 6: {
        const auto right = dice() % 2 == 0 ? std::optional(ETag{"right"}) : std::nullopt;
        return await(store().repair(upload_, {{ChunkIndex{chunk}, ETag{etag}, right}}));
      }
      default:
        clock_.advance(kLifetime / 3);
    }
  };
  std::int32_t most = 0;
  for (int i = 0; i < 600; ++i) {
    if (i == 300) put(last_part(9, "last"));
    step(static_cast<int>(dice() % 6), std::to_string(dice() % 2), "etag-" + std::to_string(dice() % 2));
    const LedgerSummary expected = summarize(snapshot());
    const LedgerSummary found = await(store().summaries({upload_})).at(0).value();
    ASSERT_EQ(found.received, expected.received) << "after step " << i;
    ASSERT_EQ(found.bytes, expected.bytes) << "after step " << i;
    ASSERT_EQ(found.attempts_running, expected.attempts_running) << "after step " << i;
    ASSERT_EQ(found.last, expected.last) << "after step " << i;
    ASSERT_EQ(found.whole, expected.whole) << "after step " << i;
    ASSERT_EQ(found.idle, expected.idle) << "after step " << i;
    most = std::max(most, found.received);
  }
  EXPECT_GT(most, 4) << "the steps do something";
}

// Totals are what the receipts say, however a store comes to know them.
TEST_P(SessionStorePartSuite, TotalsAreTheSumWhateverHappenedBefore) {
  create();
  const auto expect = [this](std::int32_t received, std::int64_t bytes, const char* after) {
    const LedgerSummary found = await(store().summaries({upload_})).at(0).value();
    EXPECT_EQ(found.received, received) << after;
    EXPECT_EQ(found.bytes, bytes) << after;
  };
  put(part(0, "a"));
  put(part(1, "b"));
  expect(2, 2 * kFull, "two parts");
  put(part(1, "c", kFull - 1));
  expect(2, 2 * kFull - 1, "one sent again, of another size");
  ASSERT_TRUE(begins(part(1, "d")));
  expect(1, kFull, "one on its way again");
  drop(1, "d");
  expect(1, kFull, "given up");
  merge({listed(1, "one", kFull - 2)});
  expect(1, kFull, "listed before it was given up");
  clock_.advance(Millis{1});
  merge({listed(0, "zero", 1), listed(1, "one", kFull - 2), listed(2, "two")});
  expect(3, 3 * kFull - 2, "found again");
  merge({listed(0, "zero", 1), listed(1, "one", kFull - 2), listed(2, "two")});
  expect(3, 3 * kFull - 2, "and again");
  await(store().repair(upload_, {{ChunkIndex{0}, ETag{"etag-0"}, ETag{"right"}}}));
  expect(3, 3 * kFull - 2, "another name");
  for (int times = 0; times < 2; ++times)
    await(store().repair(upload_, {{ChunkIndex{2}, ETag{"two"}, std::nullopt}}));
  expect(2, 2 * kFull - 2, "taken back");
  await(store().close(upload_, AttemptId{"c"}));
  await(store().reopen(upload_, AttemptId{"c"}));
  EXPECT_EQ(record_result(1, "d", receipt("late")), RecordResult::stale);
  expect(2, 2 * kFull - 2, "closed, opened, and somebody late");
  await(store().end(upload_, Millis{1}));
  clock_.advance(Millis{1});
  create();
  expect(0, 0, "begun anew");
}

// ---- receipts again

TEST_P(SessionStorePartSuite, TheSameBytesAreAcknowledged) {
  create();
  put(part(0, "a"), 7);
  BeginPart same = part(0, "b");
  same.crc32c = 7;
  const BeginAnswer answer = begin(same);
  ASSERT_TRUE(std::holds_alternative<PartThere>(answer));
  EXPECT_EQ(std::get<PartThere>(answer).receipt, receipt("etag-0", kFull, 7));
  EXPECT_EQ(std::get<PartThere>(answer).summary.received, 1);
  EXPECT_EQ(std::get<PartThere>(answer).summary.bytes, kFull);
  EXPECT_TRUE(stored(0));
  EXPECT_FALSE(running(0));
}

TEST_P(SessionStorePartSuite, AnythingElseWithdrawsTheReceipt) {
  create();
  struct Case {
    std::optional<std::uint32_t> stored, sent;
    std::int64_t size;
  };
  int chunk = 0;
  for (const Case& c : {Case{7, 8, kFull}, Case{7, std::nullopt, kFull}, Case{std::nullopt, 7, kFull},
                        Case{std::nullopt, std::nullopt, kFull}, Case{7, 7, kFull + 1}}) {
    SCOPED_TRACE(chunk);
    put(part(chunk, "a"), c.stored);
    BeginPart again = part(chunk, "b", c.size);
    again.crc32c = c.sent;
    EXPECT_TRUE(begins(again));
    EXPECT_FALSE(stored(chunk)) << "withdrawn before a byte is sent";
    drop(chunk, "b");
    EXPECT_FALSE(stored(chunk)) << "and not back when the attempt goes";
    ++chunk;
  }
}

TEST_P(SessionStorePartSuite, ARefusedBeginWithdrawsNothing) {
  create();
  put(part(0, "a"), 7);
  put(part(1, "b"), 7);
  EXPECT_EQ(refusal(last_part(0, "c")), Reason::chunk_conflict);
  EXPECT_EQ(refusal(part(0, "c", 0)), Reason::out_of_limits);
  EXPECT_EQ(refusal(part(10'000, "c")), Reason::out_of_limits);
  EXPECT_EQ(stored(0), receipt("etag-0", kFull, 7));
}

// ---- the last chunk

TEST_P(SessionStorePartSuite, TheLastChunkIsKnownOnceItIsRecorded) {
  create();
  ASSERT_TRUE(begins(last_part(2, "a", kShort)));
  EXPECT_FALSE(snapshot().info.last);
  const RecordAnswer answer = record(2, "a", receipt("e", kShort));
  EXPECT_EQ(answer.summary.last, ChunkIndex{2});
  EXPECT_EQ(snapshot().info.last, ChunkIndex{2});
  EXPECT_EQ(refusal(last_part(1, "b")), Reason::chunk_conflict) << "two last ones";
  EXPECT_EQ(refusal(part(3, "b")), Reason::chunk_conflict) << "beyond the last one";
  EXPECT_EQ(refusal(part(1, "b", kShort)), Reason::chunk_conflict) << "a second short one";
  EXPECT_TRUE(begins(part(1, "b")));
}

TEST_P(SessionStorePartSuite, AClaimToBeTheLastCountsWhileItsAttemptLives) {
  create();
  ASSERT_TRUE(begins(last_part(2, "a")));
  EXPECT_EQ(refusal(last_part(1, "b")), Reason::chunk_conflict);
  EXPECT_EQ(refusal(last_part(3, "b")), Reason::chunk_conflict);
  EXPECT_EQ(refusal(part(3, "b")), Reason::chunk_conflict);
  drop(2, "a");
  EXPECT_TRUE(begins(part(3, "b")));
  EXPECT_EQ(refusal(last_part(1, "c")), Reason::chunk_conflict) << "3 is there";
  EXPECT_EQ(refusal(part(1, "c", kShort)), Reason::chunk_conflict) << "3 is there";
  EXPECT_TRUE(begins(last_part(4, "c")));
}

TEST_P(SessionStorePartSuite, AShortChunkCanOnlyBeTheLast) {
  create();
  ASSERT_TRUE(begins(part(2, "a", kShort)));
  EXPECT_EQ(refusal(part(3, "b")), Reason::chunk_conflict);
  record(2, "a", receipt("e", kShort));
  EXPECT_EQ(refusal(part(3, "b")), Reason::chunk_conflict) << "as a receipt too";
  EXPECT_EQ(refusal(part(1, "b", kShort)), Reason::chunk_conflict);
  EXPECT_FALSE(snapshot().info.last) << "it was not said";
  EXPECT_TRUE(begins(part(2, "b"))) << "sent again in full";
  EXPECT_TRUE(begins(part(3, "c")));
}

TEST_P(SessionStorePartSuite, AFixedChunkSizeMakesShort) {
  SessionInfo info = sample_info();
  info.chunk_size = 10 * MiB;
  info.expected_size = 25 * MiB;
  create(info);
  EXPECT_EQ(refusal(part(0, "a", 11 * MiB)), Reason::out_of_limits);
  EXPECT_EQ(refusal(part(3, "a", 5 * MiB)), Reason::chunk_conflict) << "beyond expected_size";
  put(part(2, "a", 6 * MiB));
  EXPECT_EQ(refusal(part(1, "b", 6 * MiB)), Reason::chunk_conflict);
  EXPECT_TRUE(begins(part(1, "b", 10 * MiB)));
}

TEST_P(SessionStorePartSuite, TheLastChunkOfARebuiltSessionCounts) {
  SessionInfo info = sample_info();
  info.last = ChunkIndex{2};
  create(info);
  EXPECT_EQ(refusal(part(3, "a")), Reason::chunk_conflict);
  EXPECT_EQ(refusal(last_part(1, "a")), Reason::chunk_conflict);
  merge({listed(0, "zero"), listed(2, "two")});
  EXPECT_EQ(refusal(part(1, "a", kShort)), Reason::chunk_conflict) << "2 is the last one";
  ASSERT_TRUE(begins(part(1, "a")));
  const RecordAnswer answer = record(1, "a", receipt("one"));
  EXPECT_TRUE(answer.summary.whole);
}

TEST_P(SessionStorePartSuite, ListedPartsBeyondTheLastMakeNothingWhole) {
  SessionInfo info = sample_info();
  info.last = ChunkIndex{1};
  create(info);
  merge({listed(2, "not ours")});
  ASSERT_TRUE(begins(part(0, "a")));
  EXPECT_FALSE(record(0, "a", receipt("zero")).summary.whole) << "1 is missing";
}

// ---- how many at once

TEST_P(SessionStorePartSuite, SoManyInFlight) {
  SessionInfo info = sample_info();
  info.parts_in_flight_max = 3;
  create(info);
  put(part(9, "done"));  // a receipt is not in flight
  for (int chunk = 0; chunk < 3; ++chunk) ASSERT_TRUE(begins(part(chunk, "a")));
  EXPECT_EQ(refusal(part(3, "a")), Reason::too_many_chunks_in_flight);
  EXPECT_TRUE(begins(part(0, "a"))) << "one of them again";
  drop(1, "a");
  EXPECT_TRUE(begins(part(3, "a")));
}

TEST_P(SessionStorePartSuite, OfManyAttemptsAtOneChunkOneBegins) {
  create();
  std::vector<Task<BeginAnswer>> attempts;
  for (int i = 0; i < 20; ++i)
    attempts.push_back(store().begin_part(upload_, part(0, std::to_string(i)), kLifetime));
  const auto answers = await_all(std::move(attempts));
  const auto begun = [](const BeginAnswer& answer) { return std::holds_alternative<PartBegun>(answer); };
  const auto busy = [](const BeginAnswer& answer) { return std::holds_alternative<AttemptBusy>(answer); };
  EXPECT_EQ(std::ranges::count_if(answers, begun), 1);
  EXPECT_EQ(std::ranges::count_if(answers, busy), 19);
}

// ---- the summary

TEST_P(SessionStorePartSuite, TheSummaryIsThatOfTheWholeLedger) {
  create();
  const auto check = [this](const RecordAnswer& answer) {
    const LedgerSummary whole = summarize(snapshot());
    EXPECT_EQ(answer.summary.bytes, whole.bytes);
    EXPECT_EQ(answer.summary.received, whole.received);
    EXPECT_EQ(answer.summary.attempts_running, whole.attempts_running);
    EXPECT_EQ(answer.summary.last, whole.last);
    EXPECT_EQ(answer.summary.whole, whole.whole);
    return answer.summary;
  };
  ASSERT_TRUE(begins(part(0, "a")));
  ASSERT_TRUE(begins(last_part(2, "c", kShort)));
  EXPECT_FALSE(check(record(2, "c", receipt("two", kShort))).whole) << "0 runs, 1 is missing";
  EXPECT_FALSE(check(record(0, "a", receipt("zero"))).whole) << "1 is missing";
  ASSERT_TRUE(begins(part(1, "b")));
  const LedgerSummary whole = check(record(1, "b", receipt("one", kFull + 1)));
  EXPECT_TRUE(whole.whole);
  EXPECT_EQ(whole.bytes, 2 * kFull + 1 + kShort);
  EXPECT_EQ(whole.received, 3);

  ASSERT_TRUE(begins(part(0, "again", kFull + 5)));
  ASSERT_TRUE(begins(part(1, "again")));
  EXPECT_TRUE(check(record(0, "again", receipt("zero", kFull + 5))).attempts_running);
  const LedgerSummary again = check(record(1, "again", receipt("one")));
  EXPECT_EQ(again.bytes, 2 * kFull + 5 + kShort) << "a chunk sent again counts once";
  EXPECT_TRUE(again.whole);
}

TEST_P(SessionStorePartSuite, TenThousandParts) {
  create();
  constexpr int kParts = 10'000;
  std::vector<ListedPart> parts;
  for (int chunk = 0; chunk < kParts - 2; ++chunk)
    parts.push_back(listed(chunk, "etag-" + std::to_string(chunk)));
  merge(std::move(parts));
  ASSERT_TRUE(begins(part(kParts - 2, "a")));
  ASSERT_TRUE(begins(last_part(kParts - 1, "b", kShort)));
  EXPECT_EQ(refusal(part(kParts, "c")), Reason::out_of_limits);
  EXPECT_FALSE(record(kParts - 1, "b", receipt("last", kShort)).summary.whole);
  const LedgerSummary summary = record(kParts - 2, "a", receipt("last but one")).summary;
  EXPECT_TRUE(summary.whole);
  EXPECT_EQ(summary.received, kParts);
  EXPECT_EQ(summary.bytes, (kParts - 1) * kFull + kShort);
  const LedgerSnapshot ledger = snapshot();
  ASSERT_EQ(std::ssize(ledger.entries), kParts);
  EXPECT_TRUE(missing_chunks(ledger, ChunkIndex{kParts - 1}).empty());
  EXPECT_EQ(ledger.entries.at(ChunkIndex{4711}).receipt, receipt("etag-4711"));
}

}  // namespace longshore
