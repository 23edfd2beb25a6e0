#include "state/redis/session_codec.h"

#include <gtest/gtest.h>

// Replies as the scripts give them; that they do is the contract suite's to show, on a real server.

namespace longshore::redis {
namespace {

const UploadId kUpload{"node-1234.2"};

Reply text(std::string value) { return {.kind = Reply::Kind::text, .text = std::move(value)}; }
Reply integer(std::int64_t value) { return {.kind = Reply::Kind::integer, .integer = value}; }
Reply array(std::vector<Reply> elements) {
  return {.kind = Reply::Kind::array, .text = {}, .integer = 0, .elements = std::move(elements)};
}
Reply texts(const std::vector<std::string>& values) {
  std::vector<Reply> elements;
  for (const std::string& value : values) elements.push_back(text(value));
  return array(std::move(elements));
}

SessionInfo sample() {
  SessionInfo info;
  info.upload = kUpload;
  info.drive = DriveName{"default"};
  info.key = ObjectKey{"a key"};
  info.store_upload = StoreUploadId{"s"};
  info.part_bytes_min = 5;
  info.part_bytes_max = std::int64_t{5} << 40;
  info.parts_max = 100;
  info.parts_in_flight_max = 1;
  return info;
}

/// What a session's hash holds, with fields of a later version among them.
Reply hash_of(const SessionInfo& info) {
  std::vector<std::string> fields{"closed_by", "c", "last_activity", "7",  "listed_at", "0",
                                  "bytes",     "0", "colour",        "red"};
  const auto more = fields_of(info);
  fields.insert(fields.end(), more.begin(), more.end());
  return texts(fields);
}

Reply begin_reply(const std::string& word, const std::string& receipt, const std::string& attempt,
                  int claim = -1, int highest = -1, int elsewhere = 0) {
  return array({text(word), text("1000"), hash_of(sample()), text(receipt), text(attempt), integer(claim),
                integer(highest), integer(elsewhere),
                array({integer(1), integer(9), integer(0), integer(-1), integer(0), integer(0)})});
}

BeginPart request() {
  BeginPart part;
  part.chunk = ChunkIndex{3};
  part.size = 9;
  part.attempt = AttemptId{"a"};
  return part;
}

TEST(SessionCodec, KeysOfOneUploadShareASlot) {
  EXPECT_EQ(session_keys(kUpload),
            (std::vector<std::string>{"upload:{node-1234.2}:state", "upload:{node-1234.2}:parts",
                                      "upload:{node-1234.2}:attempts", "upload:{node-1234.2}:gone",
                                      "upload:{node-1234.2}:short"}));
}

TEST(SessionCodec, ALedgerWithFieldsOfALaterVersion) {
  SessionInfo info = sample();
  info.chunk_size = 8;
  info.expected_size = 0;
  info.last = ChunkIndex{2};
  const Reply reply = array({text("1000"), hash_of(info),
                             texts({"0", "9 4294967295 \"e\" '; --", "2", "1 - e2"}),
                             texts({"1", "2000 9 1 att"}), texts({"5", "900"})});
  const auto ledger = ledger_of(reply, kUpload);
  ASSERT_TRUE(ledger);
  EXPECT_EQ(ledger->info, info);
  EXPECT_EQ(ledger->closed_by, AttemptId{"c"});
  EXPECT_EQ(ledger->last_activity, from_epoch_ms(7));
  EXPECT_EQ(ledger->now, from_epoch_ms(1000));
  EXPECT_EQ(ledger->entries.at(ChunkIndex{0}).receipt, (Receipt{ETag{"\"e\" '; --"}, 9, 0xffffffff}));
  EXPECT_EQ(ledger->entries.at(ChunkIndex{2}).receipt, (Receipt{ETag{"e2"}, 1, std::nullopt}));
  EXPECT_EQ(ledger->entries.at(ChunkIndex{1}).attempt,
            (Attempt{AttemptId{"att"}, from_epoch_ms(2000), 9, true}));
  EXPECT_EQ(ledger->entries.at(ChunkIndex{5}).attempt, (Attempt{AttemptId{}, from_epoch_ms(900), 0, false}));
  EXPECT_FALSE(ledger_of(array({}), kUpload));
}

TEST(SessionCodec, WhatABeginAnswers) {
  EXPECT_TRUE(std::holds_alternative<SessionAbsent>(begin_answer(texts({"absent"}), kUpload, request())));
  EXPECT_TRUE(std::holds_alternative<SessionEnded>(begin_answer(texts({"ended"}), kUpload, request())));
  const auto closed = begin_answer(texts({"closed", "c"}), kUpload, request());
  EXPECT_EQ(std::get<SessionClosed>(closed).by, AttemptId{"c"});
  const auto begun = begin_answer(begin_reply("begun", "", ""), kUpload, request());
  EXPECT_EQ(std::get<PartBegun>(begun).info, sample());
  const auto busy = begin_answer(begin_reply("facts", "", "2000 9 0 other"), kUpload, request());
  EXPECT_EQ(std::get<AttemptBusy>(busy).until, from_epoch_ms(2000));
  BeginPart same = request();
  same.crc32c = 7;
  const auto there = begin_answer(begin_reply("facts", "9 7 e", ""), kUpload, same);
  EXPECT_EQ(std::get<PartThere>(there).receipt, (Receipt{ETag{"e"}, 9, 7}));
  EXPECT_EQ(std::get<PartThere>(there).summary.bytes, 9);
}

TEST(SessionCodec, TheDomainSaysWhyAPartIsRefused) {
  const auto reason = [](const Reply& reply) {
    try {
      begin_answer(reply, kUpload, request());
    } catch (const Error& error) {
      EXPECT_EQ(error.outcome() == Outcome::unknown, error.reason() == Reason::state_unavailable);
      return error.reason();
    }
    return Reason::internal;
  };
  EXPECT_EQ(reason(begin_reply("facts", "", "", 1)), Reason::chunk_conflict);
  EXPECT_EQ(reason(begin_reply("facts", "", "", -1, -1, 1)), Reason::too_many_chunks_in_flight);
  EXPECT_EQ(reason(begin_reply("facts", "", "")), Reason::state_unavailable) << "the two are at odds";
  EXPECT_EQ(reason(begin_reply("begun", "", "2000 9 0 other")), Reason::state_unavailable);
  EXPECT_EQ(reason(begin_reply("begun", "", "", 1)), Reason::state_unavailable)
      << "also where it would refuse";
}

TEST(SessionCodec, RecordsAndSummaries) {
  EXPECT_EQ(record_answer(texts({"absent"})).result, RecordResult::absent);
  EXPECT_EQ(record_answer(texts({"stale"})).result, RecordResult::stale);
  const Reply sums = array(
      {integer(2), integer(1'000'000'000'000), integer(0), integer(1), integer(1), integer(30)});
  const RecordAnswer recorded = record_answer(array({text("recorded"), sums}));
  EXPECT_EQ(recorded.result, RecordResult::recorded);
  EXPECT_EQ(recorded.summary.bytes, 1'000'000'000'000);
  EXPECT_EQ(recorded.summary.received, 2);
  EXPECT_EQ(recorded.summary.last, ChunkIndex{1});
  EXPECT_TRUE(recorded.summary.whole);
  EXPECT_FALSE(recorded.summary.attempts_running);
  EXPECT_EQ(recorded.summary.idle, Millis{30});
  EXPECT_TRUE(summary_of(sums));
  EXPECT_FALSE(summary_of(array({})));
}

TEST(SessionCodec, WhatNoScriptAnswersIsRefused) {
  const auto state = hash_of(sample());
  for (const Reply& reply :
       {text("x"), array({text("1000")}), array({text("x"), state, array({}), array({}), array({})}),
        array({text("1"), texts({"drive"}), array({}), array({}), array({})}),
        array({text("1"), texts({"drive", "d"}), array({}), array({}), array({})}),
        array({text("1"), state, texts({"0", "9"}), array({}), array({})}),
        array({text("1"), state, texts({"-1", "9 - e"}), array({}), array({})}),
        array({text("1"), state, texts({"0", "9 4294967296 e"}), array({}), array({})}),
        array({text("1"), state, array({}), texts({"0", "5 9 0"}), array({})})})
    EXPECT_THROW(ledger_of(reply, kUpload), Error);
  for (const Reply& reply : {array({}), texts({"begun"}), texts({"else"}), texts({"closed"})})
    EXPECT_THROW(begin_answer(reply, kUpload, request()), Error);
  EXPECT_THROW(record_answer(texts({"recorded"})), Error);
  EXPECT_THROW(summary_of(array({integer(1)})), Error);
}

}  // namespace
}  // namespace longshore::redis
