#include <map>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "tests/contract/in_redis.h"
#include "tests/fakes/memory_session_store.h"

// What only the session store in Redis has: rules in Lua, its own clock, keys that go by themselves, servers
// that share it.

namespace longshore {
namespace {

constexpr Millis kSessionKept{60'000};

SessionInfo sample(const std::string& upload = "upload-000000001") {
  SessionInfo info;
  info.upload = UploadId{upload};
  info.drive = DriveName{"default"};
  info.key = ObjectKey{"k"};
  info.store_upload = StoreUploadId{"s"};
  info.part_bytes_min = 10;
  info.part_bytes_max = 20;
  info.parts_max = 8;
  info.parts_in_flight_max = 3;
  return info;
}

BeginPart part(int chunk, const std::string& attempt, std::int64_t size = 10) {
  return {
      .chunk = ChunkIndex{chunk}, .size = size, .crc32c = 7, .last = false, .attempt = AttemptId{attempt}};
}

/// Two servers on one Redis, by Redis' own clock.
class RedisState : public testing::Test {
 protected:
  RedisState() { servers_.wipe(); }

  redis::Reply tell(std::vector<std::string> words) { return servers_.tell(0, std::move(words)); }
  bool begins(SessionStore& store, const BeginPart& request, Millis lifetime = Millis{10'000}) {
    return std::holds_alternative<PartBegun>(await(store.begin_part(kUpload, request, lifetime)));
  }
  static Receipt receipt(std::int64_t size = 10) { return {ETag{"e"}, size, 7}; }

  const UploadId kUpload = sample().upload;
  services::RedisProcess& servers_ = the_redis("tls");  // database 0, where an operator looks
  AsioTimers timers_;
  SystemRandom random_;
  redis::Client client_a_{servers_.options(), timers_, random_, Log::none()};
  redis::Client client_b_{servers_.options(), timers_, random_, Log::none()};
  redis::RedisSessionStore a_{client_a_, kSessionKept};
  redis::RedisSessionStore b_{client_b_, kSessionKept};
};

/// The answer as text, to be compared.
std::string told(SessionStore& store, const UploadId& upload, const BeginPart& request) {
  try {
    const BeginAnswer answer = await(store.begin_part(upload, request, Millis{30}));
    if (const auto* busy = std::get_if<AttemptBusy>(&answer))
      return "busy until " + std::to_string(epoch_ms(busy->until));
    if (const auto* there = std::get_if<PartThere>(&answer))
      return "there " + there->receipt.etag.str() + " " + std::to_string(there->summary.bytes);
    return "answer " + std::to_string(answer.index());
  } catch (const Error& error) {
    return error.message();
  }
}

TEST_F(RedisState, BeginsAsTheDomainDecides) {
  std::mt19937 dice(11);
  const auto roll = [&](int bound) { return static_cast<int>(dice() % static_cast<unsigned>(bound)); };
  std::map<std::string, int> seen;
  for (int round = 0; round < 40; ++round) {
    ManualClock clock;
    ByTestClock by_clock(client_a_, clock);
    redis::RedisSessionStore real(by_clock, kSessionKept);
    MemorySessionStore model(clock);
    SessionInfo info = sample("upload-0000001" + std::to_string(round));
    if (roll(3) == 0) info.chunk_size = 12;
    if (roll(3) == 0) info.expected_size = 40 + roll(40);
    await(real.create(info, AttemptId{}));
    await(model.create(info, AttemptId{}));
    for (int step = 0; step < 40; ++step) {
      const int chunk = roll(6);
      const std::string attempt = std::to_string(roll(4));
      BeginPart request = part(chunk, attempt, 8 + roll(8));
      request.last = roll(5) == 0;
      if (roll(3) == 0) request.crc32c.reset();
      const std::string expected = told(model, info.upload, request);
      ASSERT_EQ(told(real, info.upload, request), expected) << "round " << round << ", step " << step;
      ++seen[expected.substr(0, 12)];
      for (SessionStore* store : {static_cast<SessionStore*>(&real), static_cast<SessionStore*>(&model)}) {
        if (step % 4 == 1)
          await(store->record_part(info.upload, request.chunk, request.attempt, receipt(request.size)));
        if (step % 7 == 2) await(store->drop_attempt(info.upload, request.chunk, request.attempt));
      }
      clock.advance(Millis{roll(12)});
      const auto ledger = await(real.snapshot(info.upload));
      const auto modelled = await(model.snapshot(info.upload));
      ASSERT_EQ(summarize(*ledger).bytes, summarize(*modelled).bytes);
    }
  }
  EXPECT_GT(seen.size(), 8U) << "all kinds of answers come up";
}

TEST_F(RedisState, OneServerSeesWhatWentThroughAnother) {
  EXPECT_TRUE(await(a_.create(sample(), AttemptId{})));
  EXPECT_FALSE(await(b_.create(sample(), AttemptId{})));
  ASSERT_TRUE(begins(a_, part(0, "a")));
  EXPECT_TRUE(
      std::holds_alternative<AttemptBusy>(await(b_.begin_part(kUpload, part(0, "b"), Millis{10'000}))));
  EXPECT_EQ(await(b_.record_part(kUpload, ChunkIndex{0}, AttemptId{"a"}, receipt())).result,
            RecordResult::recorded);
  EXPECT_EQ(await(a_.summaries({kUpload})).at(0)->received, 1);
}

TEST_F(RedisState, RedisSaysWhatTimeItIs) {
  const redis::Reply time = tell({"TIME"});
  await(a_.create(sample(), AttemptId{}));
  const LedgerSnapshot ledger = await(a_.snapshot(kUpload)).value();
  EXPECT_EQ(std::to_string(epoch_ms(ledger.last_activity) / 1000 * 1000).substr(0, 8),
            time.elements.at(0).text.substr(0, 8));
  EXPECT_GE(ledger.now, ledger.last_activity);
  ASSERT_TRUE(begins(a_, part(0, "a"), Millis{1}));
  while (!begins(b_, part(0, "b"))) continue;  // until Redis' millisecond is over
  EXPECT_FALSE(await(a_.renew_attempt(kUpload, ChunkIndex{0}, AttemptId{"a"}, Millis{1})));
}

TEST_F(RedisState, NoKeyStaysForEver) {
  await(a_.create(sample(), AttemptId{}));
  ASSERT_TRUE(begins(a_, part(0, "a")));
  await(a_.record_part(kUpload, ChunkIndex{0}, AttemptId{"a"}, receipt()));
  ASSERT_TRUE(begins(a_, part(1, "b", 3)));
  await(a_.record_part(kUpload, ChunkIndex{1}, AttemptId{"b"}, receipt(3)));
  await(a_.repair(kUpload, {{ChunkIndex{0}, ETag{"e"}, std::nullopt}}));
  ASSERT_TRUE(begins(a_, part(0, "c")));
  await(a_.repair(kUpload, {{ChunkIndex{1}, ETag{"e"}, std::nullopt}}));
  await(a_.merge_listed(kUpload, {{PartNumber{5}, ETag{"e"}, 3, std::nullopt}}, Time{} + Millis{1}));

  const redis::Reply keys = tell({"KEYS", "*"});
  EXPECT_EQ(keys.elements.size(), 5U) << "state, parts, attempts, gone, short";
  for (const redis::Reply& key : keys.elements) {
    const std::int64_t left = tell({"PTTL", key.text}).integer;
    EXPECT_GT(left, 0) << key.text;
    EXPECT_LE(left, kSessionKept.count()) << key.text;
  }
  await(a_.end(kUpload, Millis{1}));
  while (tell({"DBSIZE"}).integer != 0) continue;  // its deadline is the test's
}

TEST_F(RedisState, AWipedRedisKnowsNothingAndStartsAnew) {
  await(a_.create(sample(), AttemptId{}));
  ASSERT_TRUE(begins(a_, part(0, "a")));
  tell({"FLUSHALL"});
  tell({"SCRIPT", "FLUSH"});
  EXPECT_EQ(await(a_.record_part(kUpload, ChunkIndex{0}, AttemptId{"a"}, receipt())).result,
            RecordResult::absent);
  EXPECT_TRUE(std::holds_alternative<SessionAbsent>(await(a_.begin_part(kUpload, part(0, "b"), Millis{1}))));
  EXPECT_TRUE(await(a_.create(sample(), AttemptId{})));
  await(a_.merge_listed(kUpload, {{PartNumber{1}, ETag{"e"}, 10, std::nullopt}},
                        await(a_.snapshot(kUpload))->now));
  EXPECT_EQ(await(a_.summaries({kUpload})).at(0)->received, 1);
}

TEST_F(RedisState, FieldsOfALaterVersionAreLeftAlone) {
  await(a_.create(sample(), AttemptId{}));
  const std::string state = "upload:{" + kUpload.str() + "}:state";
  tell({"HSET", state, "colour", "red"});
  ASSERT_TRUE(begins(a_, part(0, "a")));
  await(a_.record_part(kUpload, ChunkIndex{0}, AttemptId{"a"}, receipt()));
  EXPECT_EQ(await(a_.snapshot(kUpload))->info, sample());
  EXPECT_EQ(tell({"HGET", state, "colour"}).text, "red");
}

TEST_F(RedisState, WhatIsNotOursIsSaidToBe) {
  const std::string state = "upload:{" + kUpload.str() + "}:state";
  tell({"SET", state, "x"});
  try {
    await(a_.snapshot(kUpload));
    FAIL() << "it was understood";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Reason::state_unavailable);
    EXPECT_EQ(error.outcome(), Outcome::refused);
  }
}

/// Passes on as many runs of scripts as it is told, and fails all that come after.
class BreaksOff final : public redis::ScriptRunner {
 public:
  BreaksOff(redis::ScriptRunner& redis, int runs) : redis_(redis), runs_(runs) {}
  Task<std::vector<redis::Reply>> run(std::vector<redis::Call> calls) override {
    if (runs_-- <= 0) throw unavailable(Reason::state_unavailable, "broken off", Outcome::unknown);
    co_return co_await redis_.run(std::move(calls));
  }

 private:
  redis::ScriptRunner& redis_;
  int runs_;
};

TEST_F(RedisState, AListCountsAsMergedWhenAllOfItIs) {
  SessionInfo info = sample();
  info.parts_max = 3000;
  await(a_.create(info, AttemptId{}));
  std::vector<ListedPart> parts;
  for (int number = 1; number <= 2500; ++number)
    parts.push_back({PartNumber{number}, ETag{"e"}, 10, std::nullopt});
  const Time asked_at = await(a_.snapshot(kUpload))->now;

  BreaksOff breaks(client_a_, 1);
  redis::RedisSessionStore broken(breaks, kSessionKept);
  EXPECT_THROW(await(broken.merge_listed(kUpload, parts, asked_at)), Error);
  auto ledger = await(a_.snapshot(kUpload)).value();
  EXPECT_EQ(ledger.entries.size(), 1000U);
  EXPECT_LT(ledger.listed_at, asked_at);

  await(b_.merge_listed(kUpload, parts, asked_at));
  ledger = await(a_.snapshot(kUpload)).value();
  EXPECT_EQ(ledger.entries.size(), 2500U);
  EXPECT_EQ(ledger.listed_at, asked_at);
}

/// What another program put there, or an odd store lists.
TEST_F(RedisState, AnEmptyPartIsReplacedAsAnyOther) {
  await(a_.create(sample(), AttemptId{}));
  await(a_.merge_listed(kUpload, {{PartNumber{1}, ETag{"e"}, 0, std::nullopt}},
                        await(a_.snapshot(kUpload))->now));
  EXPECT_EQ(await(a_.summaries({kUpload})).at(0)->received, 1);
  await(a_.repair(kUpload, {{ChunkIndex{0}, ETag{"e"}, std::nullopt}}));
  EXPECT_EQ(await(a_.summaries({kUpload})).at(0)->received, 0);
  ASSERT_TRUE(begins(a_, part(0, "a")));
  await(a_.record_part(kUpload, ChunkIndex{0}, AttemptId{"a"}, receipt()));
  EXPECT_TRUE(begins(a_, part(1, "b"))) << "nothing says that the upload ends at the first";
  EXPECT_EQ(await(a_.summaries({kUpload})).at(0)->bytes, 10);
}

TEST_F(RedisState, AServerThatIsAReplicaNowIsNotBelieved) {
  const services::RedisProcess server("single");
  redis::Options options = server.options();
  options.timeout = Millis{400};
  redis::Client client(options, timers_, random_, Log::none());
  redis::RedisSessionStore store(client, kSessionKept);
  await(store.create(sample(), AttemptId{}));
  EXPECT_TRUE(await(store.snapshot(kUpload)));
  server.tell(0, {"REPLICAOF", "127.0.0.1", "1"});
  EXPECT_THROW(await(store.snapshot(kUpload)), Error);
  EXPECT_THROW(await(store.summaries({kUpload})), Error);
}

/// What an operator has to count with.
TEST_F(RedisState, AnUploadOfAHundredPartsTakesLessThan16Kilobytes) {
  SessionInfo info = sample();
  info.parts_max = 100;
  info.key = ObjectKey{"connectors/cli/0123456789abcdef0123456789abcdef.pb"};
  info.store_upload = StoreUploadId{std::string(128, 'u')};
  await(a_.create(info, AttemptId{}));
  for (int chunk = 0; chunk < 100; ++chunk) {
    ASSERT_TRUE(begins(a_, part(chunk, "0123456789abcdef")));
    await(a_.record_part(kUpload, ChunkIndex{chunk}, AttemptId{"0123456789abcdef"},
                         {ETag{"0123456789abcdef0123456789abcdef"}, 10, 0xffffffff}));
  }
  std::int64_t bytes = 0;
  for (const redis::Reply& key : tell({"KEYS", "*"}).elements)
    bytes += tell({"MEMORY", "USAGE", key.text, "SAMPLES", "0"}).integer;
  RecordProperty("bytes", static_cast<int>(bytes));
  EXPECT_LT(bytes, 16 * 1024);
}

}  // namespace
}  // namespace longshore
