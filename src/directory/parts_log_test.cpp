#include "directory/parts_log.h"

#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore::directory {
namespace {

PartRow row(const std::string& etag, std::int64_t size = 5, std::int64_t offset = 0) {
  return PartRow{.etag = ETag(etag), .size = size, .crc32c = 0xdeadbeef, .place = {"data", offset}};
}

TEST(PartsLog, AnEmptyOneHasNoParts) {
  const Replayed state = replay("");
  EXPECT_TRUE(state.parts.empty());
  EXPECT_EQ(state.completed, std::nullopt);
  EXPECT_EQ(state.good_bytes, 0);
}

TEST(PartsLog, TheLastRecordOfANumberCounts) {
  const PartRow far = row("c", std::int64_t{1} << 40, std::int64_t{1} << 50);
  const std::string log = put_line(PartNumber{1}, row("a")) + put_line(PartNumber{2}, row("b")) +
                          put_line(PartNumber{1}, far) + drop_line(PartNumber{2}) + drop_line(PartNumber{7});
  const Replayed state = replay(log);
  EXPECT_EQ(state.parts, (PartTable{{PartNumber{1}, far}}));
  EXPECT_EQ(state.good_bytes, std::ssize(log));
}

TEST(PartsLog, ACompletionCountsAsTheLastRecordOnly) {
  const std::string put = put_line(PartNumber{1}, row("a"));
  EXPECT_EQ(replay(put + complete_line("data")).completed, "data");
  EXPECT_EQ(replay(complete_line("data") + put).completed, std::nullopt);
  EXPECT_EQ(replay(complete_line("data") + drop_line(PartNumber{1})).completed, std::nullopt);
  EXPECT_EQ(replay(complete_line("data") + open_line()).completed, std::nullopt);
}

TEST(PartsLog, ATornEndIsLeftOutWhereverItTore) {
  const std::string whole = put_line(PartNumber{1}, row("a"));
  const std::string next = put_line(PartNumber{2}, row("b"));
  for (std::size_t kept = 0; kept < next.size(); ++kept) {
    const Replayed state = replay(whole + next.substr(0, kept));
    EXPECT_EQ(state.parts.size(), 1U) << kept;
    EXPECT_EQ(state.good_bytes, std::ssize(whole)) << kept;
  }
  EXPECT_EQ(replay(whole + std::string(100, '\0')).good_bytes, std::ssize(whole));
}

TEST(PartsLog, AChangedByteAtTheEndIsATornEnd) {
  const std::string whole = put_line(PartNumber{1}, row("a"));
  std::string next = drop_line(PartNumber{1});
  for (std::size_t i = 0; i + 1 < next.size(); ++i) {
    next[i] = static_cast<char>(next[i] ^ 1);
    EXPECT_EQ(replay(whole + next).parts.size(), 1U) << i;
    next[i] = static_cast<char>(next[i] ^ 1);
  }
}

TEST(PartsLog, DamageBeforeTheEndIsAnError) {
  std::string log = put_line(PartNumber{1}, row("a")) + put_line(PartNumber{2}, row("b"));
  log[3] = static_cast<char>(log[3] ^ 1);
  EXPECT_THROW(replay(log), Error);
}

}  // namespace
}  // namespace longshore::directory
