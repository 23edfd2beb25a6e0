#include "events/file/event_file.h"

#include <csignal>
#include <fstream>
#include <sstream>
#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "domain/error.h"
#include "tests/fakes/await.h"

namespace longshore::event_file {
namespace {

namespace fs = std::filesystem;

OutboxRow row_of(const std::string& node) {
  OutboxRow row;
  row.event_id = "id-" + node;
  row.sequence = 1;
  row.event.type = EventType::upload_completed;
  row.event.node = NodeId(node);
  return row;
}

class EventFileTest : public testing::Test {
 protected:
  EventFileTest()
      : file_(fs::path(testing::TempDir()) / ("events-" + std::to_string(::getpid()) + ".jsonl")) {
    fs::remove(file_);
  }
  ~EventFileTest() override { fs::remove(file_); }

  [[nodiscard]] std::string text() const {
    std::ostringstream out;
    out << std::ifstream(file_).rdbuf();
    return out.str();
  }
  static PublishResult publish(EventFile& sink, const std::string& node) {
    return await(sink.publish({row_of(node)})).at(0);
  }

  fs::path file_;
  BlockingPool pool_{1};
};

TEST_F(EventFileTest, OneObjectALine) {
  EventFile sink(file_, pool_);
  EXPECT_EQ(publish(sink, "node-0001"), std::nullopt);
  const std::string line = text();
  EXPECT_EQ(line.find(R"({"topic":"repository.uploads.completed","event":{"eventId":"id-node-0001",)"), 0U)
      << line;
  EXPECT_EQ(line.substr(line.size() - 3), "}}\n");
  EXPECT_EQ(line, line_of(row_of("node-0001")));
}

TEST_F(EventFileTest, ATornLastLineIsRemovedAtOpen) {
  for (const std::size_t torn_bytes : {std::size_t{1}, std::size_t{100}, std::size_t{200'000}}) {
    std::ofstream(file_, std::ios::trunc) << "{\"whole\":1}\n{\"torn" << std::string(torn_bytes, 'x');
    EventFile sink(file_, pool_);
    EXPECT_EQ(text(), "{\"whole\":1}\n");
    EXPECT_EQ(publish(sink, "node-0002"), std::nullopt);
    EXPECT_EQ(text(), "{\"whole\":1}\n" + line_of(row_of("node-0002")));
  }
}

TEST_F(EventFileTest, AFileOfOneTornLineBecomesEmpty) {
  std::ofstream(file_) << "{\"torn";
  const EventFile sink(file_, pool_);
  EXPECT_EQ(text(), "");
}

TEST_F(EventFileTest, AFailedWriteLeavesNothingBehind) {
  EventFile sink(file_, pool_);
  ASSERT_EQ(publish(sink, "node-0001"), std::nullopt);
  const std::string before = text();

  // A file must not grow beyond a few bytes more: the next line is cut off in its middle.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const rlimit limit{before.size() + 10, old_limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  const PublishResult result = publish(sink, "node-0002");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old_limit), 0);

  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(*result, "write: File too large");
  EXPECT_EQ(text(), before);
  EXPECT_EQ(publish(sink, "node-0002"), std::nullopt);
  EXPECT_EQ(text(), before + line_of(row_of("node-0002")));
}

TEST_F(EventFileTest, ARenamedFileIsWrittenOnUntilTheRestart) {
  const fs::path rotated = file_.string() + ".1";
  {
    EventFile sink(file_, pool_);
    ASSERT_EQ(publish(sink, "node-0001"), std::nullopt);
    fs::rename(file_, rotated);
    EXPECT_EQ(publish(sink, "node-0002"), std::nullopt);
    EXPECT_FALSE(fs::exists(file_));
  }
  EventFile sink(file_, pool_);
  EXPECT_EQ(publish(sink, "node-0003"), std::nullopt);
  EXPECT_EQ(text(), line_of(row_of("node-0003")));
  fs::rename(rotated, file_);
  EXPECT_EQ(text(), line_of(row_of("node-0001")) + line_of(row_of("node-0002")));
}

TEST_F(EventFileTest, WhatIsNoFileIsRefused) {
  EXPECT_THROW(EventFile(testing::TempDir(), pool_), Error);
  EXPECT_THROW(EventFile(file_ / "below", pool_), Error);
  fs::create_symlink("elsewhere", file_);
  EXPECT_THROW(EventFile(file_, pool_), Error);
}

}  // namespace
}  // namespace longshore::event_file
