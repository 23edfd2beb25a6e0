#include "domain/completion.h"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/units.h"

namespace longshore {
namespace {

using namespace std::chrono_literals;

constexpr Time kNow = Time{Millis{1'700'000'000'000}};
constexpr std::int64_t kMin = 5;
constexpr std::int64_t kMax = 20;
constexpr std::int64_t kObjectMax = 100;

std::uint32_t crc32c_of(const std::string& text) {
  Crc32c crc;
  crc.update(as_bytes(text));
  return crc.value();
}

/// A ledger, written down: each chunk by its text; "" is no entry.
struct Chunks {
  std::map<std::int32_t, std::string> texts;
  std::optional<std::int32_t> last = {};
  std::vector<std::int32_t> running = {};
  std::vector<std::int32_t> expired = {};
  std::vector<std::int32_t> unknown = {};  // checksum not known
  std::optional<std::int64_t> chunk_size = {};
};

LedgerSnapshot ledger_of(const Chunks& chunks) {
  LedgerSnapshot ledger;
  ledger.now = kNow;
  ledger.info.part_bytes_min = kMin;
  ledger.info.part_bytes_max = kMax;
  ledger.info.parts_max = 10;
  ledger.info.chunk_size = chunks.chunk_size;
  if (chunks.last) ledger.info.last = ChunkIndex{*chunks.last};
  for (const auto& [index, text] : chunks.texts)
    ledger.entries[ChunkIndex{index}].receipt = Receipt{.etag = ETag{"etag-" + text},
                                                        .size = static_cast<std::int64_t>(text.size()),
                                                        .crc32c = crc32c_of(text)};
  for (const std::int32_t index : chunks.unknown) ledger.entries[ChunkIndex{index}].receipt->crc32c.reset();
  const auto attempt = [&](std::int32_t index, Millis left) {
    ledger.entries[ChunkIndex{index}].attempt = Attempt{AttemptId{"a"}, kNow + left, kMin, false};
  };
  for (const std::int32_t index : chunks.running) attempt(index, 1ms);
  for (const std::int32_t index : chunks.expired) attempt(index, 0ms);
  return ledger;
}

std::string text_of(const std::vector<ChunkRange>& ranges) {
  std::string text;
  for (const ChunkRange& range : ranges)
    text += " " + std::to_string(range.first.value()) + "-" + std::to_string(range.last.value());
  return text;
}

/// "whole N", "empty", "missing A-B ...", or the reason with the chunks it names.
std::string decide(const Chunks& chunks, const CompletionWish& wish) {
  try {
    const CompletionDecision decision = decide_completion(ledger_of(chunks), wish, kObjectMax);
    if (const auto* missing = std::get_if<PartsMissing>(&decision))
      return "missing" + text_of(missing->ranges);
    if (std::holds_alternative<ObjectEmpty>(decision)) return "empty";
    return "whole " + std::to_string(std::get<PartsWhole>(decision).parts.size());
  } catch (const Error& error) {
    return std::string(to_string(error.reason())) + text_of(error.details().missing_chunks);
  }
}

const std::string kTen = "0123456789";
const std::string kEnd = "end";

struct Case {
  const char* what;
  Chunks chunks;
  CompletionWish wish;
  std::string answer;
};

void expect_all(const std::vector<Case>& cases) {
  for (const Case& c : cases) EXPECT_EQ(decide(c.chunks, c.wish), c.answer) << c.what;
}

TEST(Completion, Whole) {
  expect_all({
      {"one short chunk is all", {.texts = {{0, kEnd}}}, {}, "whole 1"},
      {"two and an end", {.texts = {{0, kTen}, {1, kTen}, {2, kEnd}}}, {}, "whole 3"},
      {"as announced", {.texts = {{0, kTen}, {1, kEnd}}}, {.total_chunks = 2, .size = 13}, "whole 2"},
      {"the last is known", {.texts = {{0, kTen}, {1, kEnd}}, .last = 1}, {.total_chunks = 2}, "whole 2"},
      {"an attempt that ran out", {.texts = {{0, kTen}, {1, kEnd}}, .expired = {1}}, {}, "whole 2"},
      {"one of a chunk that is none of it",
       {.texts = {{0, kTen}, {1, kEnd}}, .expired = {2}},
       {.total_chunks = 2},
       "whole 2"},
  });
}

TEST(Completion, Missing) {
  expect_all({
      {"nothing", {}, {}, "missing 0-0"},
      {"nothing, total known", {}, {.total_chunks = 4}, "missing 0-3"},
      {"nothing, last known", {.last = 2}, {}, "missing 0-2"},
      {"a gap", {.texts = {{0, kTen}, {2, kEnd}}}, {}, "missing 1-1"},
      {"the end", {.texts = {{0, kTen}}, .last = 2}, {}, "missing 1-2"},
      {"the end, by total_chunks", {.texts = {{0, kTen}}}, {.total_chunks = 3}, "missing 1-2"},
      {"being sent", {.texts = {{0, kTen}}, .running = {1}}, {}, "missing 1-1"},
      {"being sent again", {.texts = {{0, kTen}, {1, kEnd}}, .running = {0}}, {}, "missing 0-0"},
      {"a gap, and one being sent beyond",
       {.texts = {{0, kTen}, {2, kTen}}, .running = {5}},
       {},
       "missing 1-1 5-5"},
      {"cut off, where nobody has said which is the last",
       {.texts = {{0, kTen}, {1, kEnd}}, .expired = {2}},
       {},
       "missing 2-2"},
      {"a size that does not matter yet", {.texts = {{1, kTen}}}, {.size = 99}, "missing 0-0"},
  });
}

TEST(Completion, AWrongSizeIsAsGoodAsMissing) {
  expect_all({
      {"short in the middle", {.texts = {{0, kTen}, {1, kEnd}, {2, kTen}}}, {}, "missing 1-1"},
      {"the smallest in the middle", {.texts = {{0, kTen}, {1, "12345"}, {2, kTen}}}, {}, "whole 3"},
      {"too large", {.texts = {{0, std::string(kMax + 1, 'x')}, {1, kEnd}}}, {}, "missing 0-0"},
      {"too large at the end", {.texts = {{0, kTen}, {1, std::string(kMax + 1, 'x')}}}, {}, "missing 1-1"},
      {"fixed: all of one size", {.texts = {{0, kTen}, {1, kTen}}, .chunk_size = 10}, {}, "whole 2"},
      {"fixed: a shorter end", {.texts = {{0, kTen}, {1, kEnd}}, .chunk_size = 10}, {}, "whole 2"},
      {"fixed: a shorter one first",
       {.texts = {{0, "12345678"}, {1, kTen}}, .chunk_size = 10},
       {},
       "missing 0-0"},
      {"fixed: a longer end", {.texts = {{0, kTen}, {1, kTen + "1"}}, .chunk_size = 10}, {}, "missing 1-1"},
  });
}

TEST(Completion, ChunksOfOneSizeAndTheSizeOfTheWholeNameTheLast) {
  expect_all({
      {"all is gone", {.chunk_size = 10}, {.size = 23}, "missing 0-2"},
      {"the end is gone", {.texts = {{0, kTen}}, .chunk_size = 10}, {.size = 23}, "missing 1-2"},
      {"whole", {.texts = {{0, kTen}, {1, kTen}, {2, kEnd}}, .chunk_size = 10}, {.size = 23}, "whole 3"},
      {"the end is full", {.texts = {{0, kTen}}, .chunk_size = 10}, {.size = 20}, "missing 1-1"},
      {"one chunk", {.texts = {{0, kTen}}, .chunk_size = 10}, {.size = 10}, "whole 1"},
      {"an end that is too short",
       {.texts = {{0, kTen}, {1, kEnd}}, .chunk_size = 10},
       {.size = 14},
       "SIZE_MISMATCH"},
      {"a last one that is known counts for more",
       {.texts = {{0, kTen}}, .last = 0, .chunk_size = 10},
       {.size = 23},
       "SIZE_MISMATCH"},
      {"so does total_chunks",
       {.texts = {{0, kTen}}, .chunk_size = 10},
       {.total_chunks = 1, .size = 23},
       "SIZE_MISMATCH"},
      {"strays beyond",
       {.texts = {{0, kTen}, {1, kTen}, {2, kEnd}, {7, kTen}}, .chunk_size = 10},
       {.size = 23},
       "whole 3"},
      {"sizes of chunks alone say nothing", {.texts = {{0, kTen}}, .chunk_size = 10}, {}, "whole 1"},
  });
}

TEST(Completion, TotalChunks) {
  expect_all({
      {"fewer than were sent", {.texts = {{0, kTen}, {1, kTen}}}, {.total_chunks = 1}, "CHUNK_CONFLICT"},
      {"another last", {.texts = {{0, kTen}, {1, kTen}}, .last = 1}, {.total_chunks = 3}, "CHUNK_CONFLICT"},
      {"negative", {.texts = {{0, kTen}}}, {.total_chunks = -1}, "INVALID_REQUEST"},
      {"more than the store takes", {.texts = {{0, kTen}}}, {.total_chunks = 11}, "OUT_OF_LIMITS"},
      {"as many as the store takes", {.texts = {{0, kTen}}}, {.total_chunks = 10}, "missing 1-9"},
      {"more than the size can be", {.texts = {{0, kTen}}}, {.total_chunks = 6, .size = 25}, "OUT_OF_LIMITS"},
      {"as many as it can be", {.texts = {{0, kTen}}}, {.total_chunks = 5, .size = 25}, "missing 1-4"},
      {"the last one is smaller", {.texts = {{0, kTen}}}, {.total_chunks = 6, .size = 26}, "missing 1-5"},
      {"more than the size is, of chunks of one size",
       {.texts = {{0, kTen}}, .chunk_size = 10},
       {.total_chunks = 4, .size = 30},
       "OUT_OF_LIMITS"},
  });
}

TEST(Completion, TheEmptyObject) {
  expect_all({
      {"by total_chunks", {}, {.total_chunks = 0}, "empty"},
      {"by expected_size", {}, {.size = 0}, "empty"},
      {"by both", {}, {.total_chunks = 0, .size = 0}, "empty"},
      {"with its checksum", {}, {.total_chunks = 0, .crc32c = 0}, "empty"},
      {"with another checksum", {}, {.total_chunks = 0, .crc32c = 5}, "DIGEST_MISMATCH"},
      {"with another size", {}, {.total_chunks = 0, .size = 3}, "SIZE_MISMATCH"},
      {"but a chunk is there", {.texts = {{0, kTen}}}, {.total_chunks = 0}, "CHUNK_CONFLICT"},
      {"but a chunk is coming", {.running = {0}}, {.total_chunks = 0}, "CHUNK_CONFLICT"},
      {"but a chunk came once", {.expired = {0}}, {.total_chunks = 0}, "empty"},
      {"size 0, a chunk is coming", {.running = {0}}, {.size = 0}, "missing 0-0"},
      {"size 0, a chunk is there", {.texts = {{0, kTen}}}, {.size = 0}, "SIZE_MISMATCH"},
      {"size 0, one chunk wished", {}, {.total_chunks = 1, .size = 0}, "OUT_OF_LIMITS"},
  });
}

TEST(Completion, Sums) {
  expect_all({
      {"too short", {.texts = {{0, kTen}, {1, kEnd}}}, {.size = 14}, "SIZE_MISMATCH"},
      {"too long", {.texts = {{0, kTen}, {1, kEnd}}}, {.size = 12}, "SIZE_MISMATCH"},
      {"beyond the largest object",
       {.texts = {{0, std::string(20, 'a')},
                  {1, std::string(20, 'a')},
                  {2, std::string(20, 'a')},
                  {3, std::string(20, 'a')},
                  {4, std::string(20, 'a')},
                  {5, "b"}}},
       {},
       "OUT_OF_LIMITS"},
      {"the checksum of all",
       {.texts = {{0, kTen}, {1, kEnd}}},
       {.crc32c = crc32c_of(kTen + kEnd)},
       "whole 2"},
      {"another checksum",
       {.texts = {{0, kTen}, {1, kEnd}}},
       {.crc32c = crc32c_of(kEnd + kTen)},
       "DIGEST_MISMATCH"},
      {"a checksum of unknown chunks",
       {.texts = {{0, kTen}, {1, kTen}, {2, kTen}, {3, kEnd}}, .unknown = {0, 1, 3}},
       {.crc32c = 1},
       "CHECKSUM_UNKNOWN 0-1 3-3"},
      {"size before checksum",
       {.texts = {{0, kTen}}, .unknown = {0}},
       {.size = 9, .crc32c = 1},
       "SIZE_MISMATCH"},
      {"unknown, but nobody asks", {.texts = {{0, kTen}, {1, kEnd}}, .unknown = {0}}, {}, "whole 2"},
  });
}

TEST(Completion, ThePlanIsEachPartInOrderAndTheSumOfAll) {
  const Chunks chunks{.texts = {{0, "aaaaaaaa"}, {1, "bbbbbbb"}, {2, "c"}}};
  const auto whole = std::get<PartsWhole>(decide_completion(ledger_of(chunks), {}, kObjectMax));
  ASSERT_EQ(whole.parts.size(), 3U);
  for (std::int32_t i = 0; i < 3; ++i)
    EXPECT_EQ(whole.parts[static_cast<std::size_t>(i)].chunk, ChunkIndex{i});
  EXPECT_EQ(whole.parts[2].receipt.etag, ETag{"etag-c"});
  EXPECT_EQ(whole.size, 16);
  EXPECT_EQ(whole.crc32c, crc32c_of("aaaaaaaabbbbbbbc"));
}

TEST(Completion, TheWholesChecksumIsAbsentWhereOneIsNotKnown) {
  const Chunks chunks{.texts = {{0, "aaaaaaaa"}, {1, "bbbbbbb"}, {2, "c"}}, .unknown = {1}};
  const auto whole = std::get<PartsWhole>(decide_completion(ledger_of(chunks), {}, kObjectMax));
  EXPECT_FALSE(whole.crc32c.has_value());
  EXPECT_EQ(whole.size, 16);
}

TEST(Completion, SumsBeyond32Bits) {
  LedgerSnapshot ledger;
  ledger.info.part_bytes_min = 5 * MiB;
  ledger.info.part_bytes_max = 5 * GiB;
  ledger.info.parts_max = 10'000;
  for (std::int32_t i = 0; i < 3; ++i)
    ledger.entries[ChunkIndex{i}].receipt = Receipt{.etag = ETag{"e"}, .size = 2 * GiB, .crc32c = {}};
  const auto whole = std::get<PartsWhole>(decide_completion(ledger, {.size = 6 * GiB}, 5 * TiB));
  EXPECT_EQ(whole.size, 6 * GiB);
}

}  // namespace
}  // namespace longshore
