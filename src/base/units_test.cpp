#include "base/units.h"

#include <limits>

#include <gtest/gtest.h>

namespace longshore {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

TEST(ParseSizeTest, TakesDecimalAndBinaryUnits) {
  const std::pair<const char*, std::int64_t> table[] = {{"0", 0},
                                                        {"0B", 0},
                                                        {"42B", 42},
                                                        {"1kB", 1'000},
                                                        {"100 MB", 100'000'000},
                                                        {"2GB", 2'000'000'000},
                                                        {"5TB", 5'000'000'000'000},
                                                        {"1KiB", 1'024},
                                                        {"5MiB", 5 * MiB},
                                                        {"5 GiB", 5 * GiB},
                                                        {"1.5GiB", 3 * GiB / 2},
                                                        {"0.5KiB", 512},
                                                        {"1.50 MB", 1'500'000},
                                                        {"0.25MiB", MiB / 4},
                                                        {"1.000001TB", 1'000'001'000'000},
                                                        {"007B", 7},
                                                        {"9223372036854775807B", kMax},
                                                        {"1.0B", 1}};
  for (const auto& [text, bytes] : table) EXPECT_EQ(parse_size(text), bytes) << text;
}

TEST(ParseSizeTest, RefusesWhatIsMalformed) {
  for (const char* text : {"",
                           " ",
                           "5",
                           "00",
                           "0.0",
                           "B",
                           "MiB",
                           "5mib",
                           "5MIB",
                           "5M",
                           "5Mi",
                           "5mb",
                           "5KB",
                           "5kb",
                           "5 b",
                           "-1B",
                           "+1B",
                           "-0",
                           " 5B",
                           "5B ",
                           "5  MiB",
                           "5\tMiB",
                           "5.B",
                           ".5MiB",
                           "5.MiB",
                           "1.5B",
                           "48.8TiB",
                           "1.0001kB",
                           "1.0000001TB",
                           "1e3B",
                           "0x10B",
                           "1,5MB",
                           "1 000B",
                           "5MiB5",
                           "5MiBMiB",
                           "9223372036854775808B",
                           "9007199254740992KiB",
                           "8388608TiB",
                           "99999999999999999999MB",
                           "9223372036854775807kB",
                           "1.5.5MB"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_size(std::string_view("5B\0", 3)), std::nullopt);
}

TEST(ParseDurationTest, TakesItsUnits) {
  using namespace std::chrono_literals;
  const std::pair<const char*, Millis> table[] = {{"0", 0ms},        {"500ms", 500ms}, {"10s", 10s},
                                                  {"5m", 5min},      {"24h", 24h},     {"6d", 144h},
                                                  {"1.5 s", 1500ms}, {"0.5h", 30min}};
  for (const auto& [text, duration] : table) EXPECT_EQ(parse_duration(text), duration) << text;
}

TEST(ParseDurationTest, RefusesWhatIsMalformed) {
  for (const char* text : {"", "5", "ms", "-1s", "5S", "5sec", "5min", "0.5ms", "1.2345s", "5 s ", "1m30s",
                           "5us", "5MB", "106751991168d", "9223372036854775807s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(FormatSizeTest, ForPeople) {
  const std::pair<std::int64_t, const char*> table[] = {
      {0, "0 B"},
      {312, "312 B"},
      {1'023, "1023 B"},
      {1'024, "1 KiB"},
      {1'536, "1.5 KiB"},
      {5 * MiB, "5 MiB"},
      {3 * GiB / 2, "1.5 GiB"},
      {MiB - 1, "1 MiB"},
      {GiB - 1, "1 GiB"},
      {MiB - 52 * KiB, "972 KiB"},
      {5 * TiB, "5 TiB"},
      {2'000 * TiB, "2000 TiB"},
      {kMax, "8388608 TiB"},
      {-1'536, "-1.5 KiB"},
      {std::numeric_limits<std::int64_t>::min(), "-8388608 TiB"}};
  for (const auto& [bytes, text] : table) EXPECT_EQ(format_size(bytes), text);
}

TEST(FormatDurationTest, ForPeople) {
  using namespace std::chrono_literals;
  const std::pair<Millis, const char*> table[] = {
      {0ms, "0 ms"},         {350ms, "350 ms"},       {1s, "1 s"},        {1550ms, "1.5 s"},
      {59'999ms, "59.9 s"},  {60s, "1m 00s"},         {125s, "2m 05s"},   {1h, "1h 00m"},
      {3h + 4min, "3h 04m"}, {51h + 59min, "2d 03h"}, {-350ms, "-350 ms"}};
  for (const auto& [duration, text] : table) EXPECT_EQ(format_duration(duration), text);
}

}  // namespace
}  // namespace longshore
