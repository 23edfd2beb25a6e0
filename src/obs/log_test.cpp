#include "obs/log.h"

#include <sstream>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace longshore {
namespace {

class FixedClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return from_epoch_ms(1'795'446'000'007); }
};

class LogTest : public testing::Test {
 protected:
  Log log(LogFormat format, LogLevel level = LogLevel::kInfo) {
    return Log::to_stream(stream_, format, level, clock_);
  }
  std::string written() { return std::exchange(stream_, std::ostringstream{}).str(); }

  FixedClock clock_;
  std::ostringstream stream_;
};

TEST_F(LogTest, RecordsAreWrittenInTheirFormat) {
  log(LogFormat::kText).info("part stored", {{"part_bytes", 5}});
  EXPECT_EQ(written(), "2026-11-23T15:00:00.007Z info  part stored part_bytes=5\n");
  log(LogFormat::kJson).with({{"request_id", "r-1"}}).warn("part lost", {{"part_bytes", 5}});
  EXPECT_EQ(
      written(),
      R"({"time":"2026-11-23T15:00:00.007Z","level":"warn","message":"part lost","request_id":"r-1","part_bytes":5})"
      "\n");
}

TEST_F(LogTest, LevelsBelowAreLeftOut) {
  const Log warnings = log(LogFormat::kText, LogLevel::kWarn);
  warnings.debug("a");
  warnings.info("b");
  warnings.warn("c");
  warnings.error("d");
  EXPECT_EQ(stream_.str(), "2026-11-23T15:00:00.007Z warn  c\n2026-11-23T15:00:00.007Z error d\n");
  EXPECT_FALSE(warnings.enabled(LogLevel::kInfo));
  EXPECT_TRUE(warnings.enabled(LogLevel::kWarn));
}

TEST_F(LogTest, BoundFieldsComeWithEachRecord) {
  const Log server = log(LogFormat::kText);
  const Log request = server.with({{"request_id", "r-1"}});
  request.with({{"upload", "u 1"}}).info("one", {{"n", 1}});
  request.info("two");
  server.info("three");
  EXPECT_EQ(stream_.str(),
            "2026-11-23T15:00:00.007Z info  one request_id=r-1 upload=\"u 1\" n=1\n"
            "2026-11-23T15:00:00.007Z info  two request_id=r-1\n"
            "2026-11-23T15:00:00.007Z info  three\n");
}

TEST_F(LogTest, NoneTakesEverything) {
  Log::none().with({{"a", 1}}).error("nothing");
  EXPECT_FALSE(Log::none().enabled(LogLevel::kError));
}

TEST_F(LogTest, LinesOfManyThreadsStayWhole) {
  const Log shared = log(LogFormat::kText);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&shared] {
      for (int i = 0; i < 200; ++i) shared.with({{"a", 1}}).info("m", {{"b", 2}});
    });
  }
  for (auto& thread : threads) thread.join();
  std::istringstream lines(written());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    EXPECT_EQ(line, "2026-11-23T15:00:00.007Z info  m a=1 b=2");
  EXPECT_EQ(count, 800);
}

TEST(LogNamesTest, AreParsedStrictly) {
  EXPECT_EQ(parse_log_level("warn"), LogLevel::kWarn);
  EXPECT_EQ(parse_log_format("json"), LogFormat::kJson);
  for (const char* text : {"", "WARN", "warning", "info ", "2"})
    EXPECT_EQ(parse_log_level(text), std::nullopt) << text;
  for (const char* text : {"", "JSON", "logfmt"}) EXPECT_EQ(parse_log_format(text), std::nullopt) << text;
}

}  // namespace
}  // namespace longshore
