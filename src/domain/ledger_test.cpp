#include "domain/ledger.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/units.h"

namespace longshore {
namespace {

using namespace std::chrono_literals;

constexpr Time kNow = Time{Millis{1'700'000'000'000}};
constexpr std::int64_t kPart = 10 * MiB;

SessionInfo free_sizes() {
  return {.upload = UploadId{"node-0001"},
          .part_bytes_min = 5 * MiB,
          .part_bytes_max = 100 * MiB,
          .parts_max = 10,
          .parts_in_flight_max = 3};
}
SessionInfo fixed_size() {
  SessionInfo info = free_sizes();
  info.chunk_size = kPart;
  return info;
}
SessionInfo with_last(SessionInfo info, std::int32_t last) {
  info.last = ChunkIndex{last};
  return info;
}
SessionInfo expecting(SessionInfo info, std::int64_t size) {
  info.expected_size = size;
  return info;
}

LedgerEntry received(std::int64_t size, std::optional<std::uint32_t> crc32c = 7) {
  return {.receipt = Receipt{.etag = ETag{"etag"}, .size = size, .crc32c = crc32c}, .attempt = {}};
}
LedgerEntry running(std::int64_t size, bool last = false, Millis left = 10s) {
  return {.receipt = {}, .attempt = Attempt{AttemptId{"other"}, kNow + left, size, last}};
}
LedgerEntry expired(std::int64_t size, bool last = false) { return running(size, last, 0ms); }

using Entries = std::map<ChunkIndex, LedgerEntry>;
Entries entries(std::vector<std::pair<std::int32_t, LedgerEntry>> list) {
  Entries made;
  for (auto& [index, entry] : list) made.emplace(ChunkIndex{index}, std::move(entry));
  return made;
}

BeginPart chunk(std::int32_t index, std::int64_t size = kPart, bool last = false,
                std::optional<std::uint32_t> crc32c = 7) {
  return {
      .chunk = ChunkIndex{index}, .size = size, .crc32c = crc32c, .last = last, .attempt = AttemptId{"mine"}};
}

/// "begun", "acknowledged", "busy", or the reason of the refusal.
std::string begin(const SessionInfo& info, const Entries& there, const BeginPart& request) {
  try {
    const BeginDecision decision = decide_begin(info, begin_facts(info, there, request.chunk, kNow), request,
                                                kNow);
    if (std::holds_alternative<Acknowledged>(decision)) return "acknowledged";
    return std::holds_alternative<AttemptBusy>(decision) ? "busy" : "begun";
  } catch (const Error& error) {
    return std::string(to_string(error.reason()));
  }
}

struct BeginCase {
  const char* what;
  SessionInfo info;
  Entries there;
  BeginPart request;
  std::string answer;
};

void expect_all(const std::vector<BeginCase>& cases) {
  for (const BeginCase& c : cases) EXPECT_EQ(begin(c.info, c.there, c.request), c.answer) << c.what;
}

TEST(LedgerBegin, NumberAndSize) {
  expect_all({
      {"the first", free_sizes(), {}, chunk(0), "begun"},
      {"the highest number", free_sizes(), {}, chunk(9), "begun"},
      {"beyond the highest number", free_sizes(), {}, chunk(10), "OUT_OF_LIMITS"},
      {"a negative number", free_sizes(), {}, chunk(-1), "OUT_OF_LIMITS"},
      {"no bytes", free_sizes(), {}, chunk(0, 0), "OUT_OF_LIMITS"},
      {"less than no bytes", free_sizes(), {}, chunk(0, -1), "OUT_OF_LIMITS"},
      {"the largest", free_sizes(), {}, chunk(0, 100 * MiB), "begun"},
      {"too large", free_sizes(), {}, chunk(0, 100 * MiB + 1), "OUT_OF_LIMITS"},
      {"fixed: the whole of it", fixed_size(), {}, chunk(0, kPart), "begun"},
      {"fixed: more", fixed_size(), {}, chunk(0, kPart + 1), "OUT_OF_LIMITS"},
      {"fixed: one byte, so the last", fixed_size(), {}, chunk(3, 1), "begun"},
  });
}

TEST(LedgerBegin, ExpectedSize) {
  expect_all({
      {"as large as the whole", expecting(free_sizes(), kPart), {}, chunk(0), "begun"},
      {"larger than the whole", expecting(free_sizes(), kPart - 1), {}, chunk(0), "OUT_OF_LIMITS"},
      {"something of nothing", expecting(free_sizes(), 0), {}, chunk(0, 1), "OUT_OF_LIMITS"},
      {"free sizes: any number", expecting(free_sizes(), kPart), {}, chunk(5), "begun"},
      {"fixed: the last that fits", expecting(fixed_size(), 3 * kPart), {}, chunk(2), "begun"},
      {"fixed: one beyond", expecting(fixed_size(), 3 * kPart), {}, chunk(3), "CHUNK_CONFLICT"},
      {"fixed: a byte more needs it", expecting(fixed_size(), 3 * kPart + 1), {}, chunk(3, 1), "begun"},
  });
}

TEST(LedgerBegin, TheLast) {
  expect_all({
      {"beyond the last", with_last(free_sizes(), 3), {}, chunk(4), "CHUNK_CONFLICT"},
      {"before the last", with_last(free_sizes(), 3), {}, chunk(2), "begun"},
      {"the last again", with_last(free_sizes(), 3), {}, chunk(3, kPart, true), "begun"},
      {"the last again, without saying so", with_last(free_sizes(), 3), {}, chunk(3), "begun"},
      {"another last, before", with_last(free_sizes(), 3), {}, chunk(2, kPart, true), "CHUNK_CONFLICT"},
      {"another last, beyond", with_last(free_sizes(), 3), {}, chunk(4, kPart, true), "CHUNK_CONFLICT"},
      {"a short one before the last", with_last(free_sizes(), 3), {}, chunk(2, 1), "CHUNK_CONFLICT"},
      {"last, while another last runs", free_sizes(), entries({{3, running(kPart, true)}}),
       chunk(2, kPart, true), "CHUNK_CONFLICT"},
      {"beyond a last that runs", free_sizes(), entries({{3, running(kPart, true)}}), chunk(4),
       "CHUNK_CONFLICT"},
      {"before a last that runs", free_sizes(), entries({{3, running(kPart, true)}}), chunk(2), "begun"},
      {"a last that ran out claims nothing", free_sizes(), entries({{3, expired(kPart, true)}}), chunk(4),
       "begun"},
      {"last, but a higher one is there", free_sizes(), entries({{3, received(kPart)}}),
       chunk(2, kPart, true), "CHUNK_CONFLICT"},
      {"last, but a higher one is coming", free_sizes(), entries({{3, running(kPart)}}),
       chunk(2, kPart, true), "CHUNK_CONFLICT"},
      {"last, a higher one ran out", free_sizes(), entries({{3, expired(kPart)}}), chunk(2, kPart, true),
       "begun"},
  });
}

TEST(LedgerBegin, AShortOneCanOnlyBeTheLast) {
  expect_all({
      {"a first short one", free_sizes(), entries({{0, received(kPart)}}), chunk(1, 5 * MiB - 1), "begun"},
      {"a second short one", free_sizes(), entries({{3, received(1)}}), chunk(2, 5 * MiB - 1),
       "CHUNK_CONFLICT"},
      {"the smallest is not short", free_sizes(), entries({{3, received(1)}}), chunk(2, 5 * MiB), "begun"},
      {"beyond a short one", free_sizes(), entries({{3, received(1)}}), chunk(4), "CHUNK_CONFLICT"},
      {"beyond a short one that runs", free_sizes(), entries({{3, running(1)}}), chunk(4), "CHUNK_CONFLICT"},
      {"short below another", free_sizes(), entries({{3, received(kPart)}}), chunk(2, 1), "CHUNK_CONFLICT"},
      {"a short one, sent again whole", free_sizes(), entries({{3, received(1)}}), chunk(3), "begun"},
      {"fixed: short is below the fixed size", fixed_size(), entries({{3, received(kPart - 1)}}),
       chunk(2, kPart - 1), "CHUNK_CONFLICT"},
      {"last beside a short one", free_sizes(), entries({{1, received(1)}}), chunk(2, kPart, true),
       "CHUNK_CONFLICT"},
  });
}

TEST(LedgerBegin, ASecondShortOneHearsTheSmallestSizeAndTheWayOut) {
  try {
    decide_begin(free_sizes(), begin_facts(free_sizes(), entries({{3, received(1)}}), ChunkIndex{2}, kNow),
                 chunk(2, 5 * MiB - 1), kNow);
    FAIL() << "it was taken";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("5242880 bytes"), std::string::npos) << error.message();
    EXPECT_NE(error.message().find("chunk 3 again, larger"), std::string::npos) << error.message();
  }
}

TEST(LedgerBegin, TheSameChunk) {
  expect_all({
      {"the same bytes", free_sizes(), entries({{0, received(kPart)}}), chunk(0), "acknowledged"},
      {"the same bytes, as the last", with_last(free_sizes(), 0), entries({{0, received(kPart)}}),
       chunk(0, kPart, true), "acknowledged"},
      {"the same bytes, newly the last", free_sizes(), entries({{0, received(kPart)}}), chunk(0, kPart, true),
       "begun"},
      {"other bytes", free_sizes(), entries({{0, received(kPart, 8)}}), chunk(0), "begun"},
      {"another size", free_sizes(), entries({{0, received(kPart + 1)}}), chunk(0), "begun"},
      {"bytes of an unknown checksum", free_sizes(), entries({{0, received(kPart, {})}}), chunk(0), "begun"},
      {"a chunk that says no checksum", free_sizes(), entries({{0, received(kPart)}}),
       chunk(0, kPart, false, {}), "begun"},
      {"neither says one", free_sizes(), entries({{0, received(kPart, {})}}), chunk(0, kPart, false, {}),
       "begun"},
      {"being sent", free_sizes(), entries({{0, running(kPart)}}), chunk(0), "busy"},
      {"being sent until just now", free_sizes(), entries({{0, expired(kPart)}}), chunk(0), "begun"},
      {"being sent, wherever it belongs", with_last(free_sizes(), 3), entries({{4, running(kPart)}}),
       chunk(4), "busy"},
  });
}

TEST(LedgerBegin, InFlight) {
  expect_all({
      {"the third at once", free_sizes(), entries({{0, running(kPart)}, {1, running(kPart)}}), chunk(2),
       "begun"},
      {"the fourth at once", free_sizes(),
       entries({{0, running(kPart)}, {1, running(kPart)}, {2, running(kPart)}}), chunk(3),
       "TOO_MANY_CHUNKS_IN_FLIGHT"},
      {"those that ran out do not count", free_sizes(),
       entries({{0, running(kPart)}, {1, expired(kPart)}, {2, running(kPart)}}), chunk(3), "begun"},
      {"nor does what is there", free_sizes(),
       entries({{0, running(kPart)}, {1, received(kPart)}, {2, running(kPart)}}), chunk(3), "begun"},
      {"acknowledged although full", free_sizes(),
       entries({{0, running(kPart)}, {1, running(kPart)}, {2, running(kPart)}, {3, received(kPart)}}),
       chunk(3), "acknowledged"},
  });
}

TEST(LedgerBegin, OnesOwnAttemptIsNobodyElses) {
  Entries there = entries({{0, running(kPart)}});
  there[ChunkIndex{0}].attempt->id = AttemptId{"mine"};
  EXPECT_EQ(begin(free_sizes(), there, chunk(0)), "begun");
}

TEST(LedgerBegin, RefusalsSayTheLimit) {
  try {
    decide_begin(free_sizes(), {}, chunk(10), kNow);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.details().field, "chunk_number");
    EXPECT_EQ(error.details().limit, 9);
  }
  try {
    decide_begin(fixed_size(), {}, chunk(0, kPart + 1), kNow);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.details().field, "size");
    EXPECT_EQ(error.details().limit, kPart);
  }
  try {
    decide_begin(free_sizes(), {.attempts_elsewhere = 3}, chunk(0), kNow);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.details().limit, 3);
    EXPECT_TRUE(error.details().retry_after.has_value());
  }
}

TEST(LedgerBegin, BusyUntilTheOtherRunsOut) {
  const Entries there = entries({{0, running(kPart, false, 4s)}});
  const auto decision = decide_begin(free_sizes(), begin_facts(free_sizes(), there, ChunkIndex{0}, kNow),
                                     chunk(0), kNow);
  EXPECT_EQ(std::get<AttemptBusy>(decision).until, kNow + 4s);
}

TEST(LedgerFacts, OfAllThatCounts) {
  const SessionInfo info = free_sizes();
  const Entries there = entries({{0, received(kPart)},
                                 {1, running(kPart)},
                                 {2, expired(kPart)},
                                 {3, received(kPart)},
                                 {4, running(1)},
                                 {7, expired(1, true)}});
  const BeginFacts facts = begin_facts(info, there, ChunkIndex{1}, kNow);
  EXPECT_EQ(facts.here, there.at(ChunkIndex{1}));
  EXPECT_EQ(facts.highest_other, ChunkIndex{4});
  EXPECT_EQ(facts.closing_claim, ChunkIndex{4});
  EXPECT_EQ(facts.attempts_elsewhere, 1);

  const BeginFacts of_expired = begin_facts(info, there, ChunkIndex{7}, kNow);
  EXPECT_FALSE(of_expired.here.has_value()) << "neither receipt nor a live attempt: as good as absent";

  const BeginFacts of_the_claim = begin_facts(info, there, ChunkIndex{4}, kNow);
  EXPECT_FALSE(of_the_claim.closing_claim.has_value()) << "a chunk does not stand in its own way";
  EXPECT_EQ(of_the_claim.highest_other, ChunkIndex{3});

  const BeginFacts known_last = begin_facts(with_last(info, 3), there, ChunkIndex{0}, kNow);
  EXPECT_EQ(known_last.closing_claim, ChunkIndex{4}) << "the highest of those that claim it";
  EXPECT_FALSE(begin_facts(info, {}, ChunkIndex{0}, kNow).highest_other.has_value());
}

TEST(LedgerFacts, AReceiptWithALaterAttemptIsWhatTheAttemptWillMakeOfIt) {
  LedgerEntry entry = received(kPart);
  entry.attempt = Attempt{AttemptId{"other"}, kNow + 5s, 1, false};
  const Entries there = entries({{2, entry}});
  EXPECT_EQ(begin_facts(free_sizes(), there, ChunkIndex{0}, kNow).closing_claim, ChunkIndex{2});
}

struct SummaryCase {
  const char* what;
  std::optional<std::int32_t> last;
  Entries there;
  std::int64_t bytes;
  std::int32_t received;
  bool running;
  bool whole;
};

TEST(LedgerSummary, ComputedFromTheEntries) {
  const std::vector<SummaryCase> cases{
      {"nothing", {}, {}, 0, 0, false, false},
      {"nothing of one", 0, {}, 0, 0, false, false},
      {"one of one", 0, entries({{0, received(5)}}), 5, 1, false, true},
      {"all, but who knows", {}, entries({{0, received(5)}}), 5, 1, false, false},
      {"a gap", 2, entries({{0, received(5)}, {2, received(6)}}), 11, 2, false, false},
      {"whole", 2, entries({{0, received(5)}, {1, received(5)}, {2, received(6)}}), 16, 3, false, true},
      {"equal parts are two", 1, entries({{0, received(5)}, {1, received(5)}}), 10, 2, false, true},
      {"whole, but one runs", 1, entries({{0, received(5)}, {1, received(5)}, {2, running(9)}}), 10, 2, true,
       false},
      {"one ran out", 1, entries({{0, received(5)}, {1, received(5)}, {2, expired(9)}}), 10, 2, false, true},
      {"one beyond the last fills no gap", 1, entries({{0, received(5)}, {5, received(9)}}), 14, 2, false,
       false},
      {"being sent", 0, entries({{0, running(5)}}), 0, 0, true, false},
  };
  for (const SummaryCase& c : cases) {
    LedgerSnapshot ledger{.info = free_sizes(), .entries = c.there, .now = kNow};
    if (c.last) ledger.info.last = ChunkIndex{*c.last};
    const LedgerSummary summary = summarize(ledger);
    EXPECT_EQ(summary.bytes, c.bytes) << c.what;
    EXPECT_EQ(summary.received, c.received) << c.what;
    EXPECT_EQ(summary.attempts_running, c.running) << c.what;
    EXPECT_EQ(summary.whole, c.whole) << c.what;
    EXPECT_EQ(summary.last, ledger.info.last) << c.what;
  }
}

TEST(LedgerSums, HowLongNoBytesCame) {
  LedgerSnapshot ledger{
      .entries = entries({{0, received(5)}, {1, expired(5)}}), .last_activity = kNow - 30s, .now = kNow};
  EXPECT_EQ(summarize(ledger).idle, 30s);
  ledger.entries = entries({{0, received(5)}, {1, running(5)}});
  EXPECT_EQ(summarize(ledger).idle, 0s) << "bytes are coming";
}

TEST(LedgerRanges, TheLastOneBySizes) {
  EXPECT_EQ(last_by_sizes(10, 31), ChunkIndex{3});
  EXPECT_EQ(last_by_sizes(10, 30), ChunkIndex{2});
  EXPECT_EQ(last_by_sizes(10, 1), ChunkIndex{0});
  EXPECT_EQ(last_by_sizes(10, 0), std::nullopt) << "there is none";
  EXPECT_EQ(last_by_sizes(10, {}), std::nullopt);
  EXPECT_EQ(last_by_sizes({}, 30), std::nullopt);
}

using Ranges = std::vector<std::pair<std::int32_t, std::int32_t>>;
Ranges plain(const std::vector<ChunkRange>& ranges) {
  Ranges out;
  for (const ChunkRange& range : ranges) out.emplace_back(range.first.value(), range.last.value());
  return out;
}

TEST(LedgerRanges, MissingAndReceived) {
  struct Case {
    std::vector<std::int32_t> there;
    std::optional<std::int32_t> last;
    Ranges received;
    Ranges missing;
  };
  const std::vector<Case> cases{
      {{}, {}, {}, {{0, 0}}},
      {{}, 0, {}, {{0, 0}}},
      {{}, 4, {}, {{0, 4}}},
      {{0}, {}, {{0, 0}}, {}},
      {{0}, 0, {{0, 0}}, {}},
      {{0}, 3, {{0, 0}}, {{1, 3}}},
      {{3}, {}, {{3, 3}}, {{0, 2}}},
      {{0, 1, 2}, {}, {{0, 2}}, {}},
      {{0, 2, 4}, {}, {{0, 0}, {2, 2}, {4, 4}}, {{1, 1}, {3, 3}}},
      {{1, 2, 5, 6}, 9, {{1, 2}, {5, 6}}, {{0, 0}, {3, 4}, {7, 9}}},
      {{0, 1, 7}, 1, {{0, 1}, {7, 7}}, {}},
      {{7}, 1, {{7, 7}}, {{0, 1}}},
      {{0, 5}, 3, {{0, 0}, {5, 5}}, {{1, 3}}},
      {{1, 2, 3, 4, 5}, 3, {{1, 5}}, {{0, 0}}},
  };
  for (const Case& c : cases) {
    LedgerSnapshot ledger{.info = free_sizes()};
    for (const std::int32_t index : c.there) ledger.entries[ChunkIndex{index}] = received(kPart);
    ledger.entries[ChunkIndex{8}] = running(kPart);  // counts as missing
    const auto last = c.last ? std::optional(ChunkIndex{*c.last}) : std::nullopt;
    EXPECT_EQ(plain(received_chunks(ledger)), c.received) << testing::PrintToString(c.there);
    EXPECT_EQ(plain(missing_chunks(ledger, last)), c.missing) << testing::PrintToString(c.there);
  }
  EXPECT_TRUE(ranges_of({}).empty());
}

}  // namespace
}  // namespace longshore
