#include "apps/longshore/output.h"

#include <fcntl.h>
#include <functional>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>

#include "apps/longshore/failure.h"
#include "apps/longshore/scratch_folder.h"

namespace longshore::cli {
namespace {

namespace fs = std::filesystem;

class FileOutputs : public ::testing::Test {
 protected:
  testing::ScratchFolder folder_;
  const fs::path target_ = folder_.path() / "film.mkv";
};

TEST_F(FileOutputs, AppearsWholeAtCommit) {
  folder_.write("film.mkv", "old");
  FileOutput output(target_, "v1");
  output.write_some(as_bytes("new "));
  output.write_some(as_bytes("text"));
  EXPECT_EQ(testing::ScratchFolder::read(target_), "old");
  output.commit();
  EXPECT_EQ(testing::ScratchFolder::read(target_), "new text");
  EXPECT_EQ(folder_.entries(), 1U);
}

TEST_F(FileOutputs, KeepsWhatCameForTheNextRun) {
  {
    FileOutput(target_, "v1").write_some(as_bytes("half"));
  }
  FileOutput again(target_, "v1");
  EXPECT_EQ(again.kept_bytes(), 4);
  std::string kept(3, ' ');
  again.read_kept(1, std::as_writable_bytes(std::span(kept)));
  EXPECT_EQ(kept, "alf");
  EXPECT_THROW(again.read_kept(2, std::as_writable_bytes(std::span(kept))), Failure);
  again.write_some(as_bytes(" and half"));
  again.commit();
  EXPECT_EQ(testing::ScratchFolder::read(target_), "half and half");
}

TEST_F(FileOutputs, NeverMixesTwoContents) {
  {
    FileOutput(target_, "v1").write_some(as_bytes("half"));
  }
  EXPECT_EQ(FileOutput(target_, "v2").kept_bytes(), 0);
}

TEST_F(FileOutputs, LeavesNothingWhereNothingCame) {
  {
    FileOutput output(target_, "v1");
  }
  {
    FileOutput output(target_, "v1");
    output.write_some(as_bytes("x"));
    output.restart();
  }
  EXPECT_EQ(folder_.entries(), 0U);
}

std::string failure_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Failure& failure) {
    return failure.detail();
  }
  return "(none)";
}

TEST_F(FileOutputs, IsWrittenByOneAtATime) {
  FileOutput first(target_, "v1");
  const std::string detail = failure_of([this] { FileOutput(target_, "v1"); });
  EXPECT_NE(detail.find("by another process"), std::string::npos) << detail;
}

TEST_F(FileOutputs, NamesWhatIsWrong) {
  EXPECT_THROW(FileOutput(folder_.path() / "no/such/folder", "v1"), Failure);
  fs::create_symlink("/dev/null", folder_.path() / ".film.mkv.v1.part");
  EXPECT_THROW(FileOutput(target_, "v1"), Failure);

  folder_.write("other", "of another name");
  fs::create_hard_link(folder_.path() / "other", folder_.path() / ".film.mkv.v2.part");
  const std::string shared = failure_of([this] { FileOutput(target_, "v2"); });
  EXPECT_NE(shared.find("several names"), std::string::npos) << shared;
  EXPECT_EQ(testing::ScratchFolder::read(folder_.path() / "other"), "of another name");
}

TEST_F(FileOutputs, ReplacesNothingWhereThatIsToBeKept) {
  FileOutput output(target_, "v1", FileOutput::Existing::kept);
  output.write_some(as_bytes("new"));
  folder_.write("film.mkv", "came meanwhile");
  EXPECT_THROW(output.commit(), Failure);
  EXPECT_THROW(FileOutput(target_, "v2", FileOutput::Existing::kept), Failure);
  EXPECT_EQ(testing::ScratchFolder::read(target_), "came meanwhile");
  fs::remove(target_);
  output.commit();
  EXPECT_EQ(testing::ScratchFolder::read(target_), "new");
}

TEST_F(FileOutputs, FollowLinks) {
  folder_.write("film.mkv", "old");
  fs::create_symlink(target_, folder_.path() / "link");
  const auto output = open_output(folder_.path() / "link", "v1");
  output->write_some(as_bytes("new"));
  output->commit();
  EXPECT_TRUE(fs::is_symlink(folder_.path() / "link"));
  EXPECT_EQ(testing::ScratchFolder::read(target_), "new");

  fs::create_symlink("nowhere", folder_.path() / "dangling");
  EXPECT_THROW(open_output(folder_.path() / "dangling", "v1"), Failure);
  EXPECT_TRUE(fs::is_symlink(folder_.path() / "dangling"));
}

TEST_F(FileOutputs, LeaveDevicesAndFifosInTheirPlace) {
  fs::create_symlink("/dev/null", folder_.path() / "device");
  const auto device = open_output(folder_.path() / "device", "v1");
  EXPECT_EQ(device->write_some(as_bytes("lost")), 4U);
  device->commit();
  EXPECT_TRUE(fs::is_symlink(folder_.path() / "device"));

  const fs::path fifo = folder_.path() / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(open_output(fifo, "v1"), nullptr);
  const Fd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const auto output = open_output(fifo, "v1");
  ASSERT_TRUE(output);
  EXPECT_EQ(output->write_some(as_bytes("bytes")), 5U);
  output->commit();
  std::string read(5, ' ');
  EXPECT_EQ(::read(reader.get(), read.data(), read.size()), 5);
  EXPECT_EQ(read, "bytes");
  EXPECT_TRUE(fs::is_fifo(fifo));
}

/// Both ends of a pipe; writing to it blocks, or not.
struct Pipe {
  explicit Pipe(int flags) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC | flags), 0);
    reader = Fd(ends[0]);
    writer = Fd(ends[1]);
  }
  Fd reader;
  Fd writer;
};

TEST(StreamOutputs, NeverWaitForAReader) {
  for (const int flags : {0, O_NONBLOCK}) {
    Pipe pipe(flags);
    StreamOutput output(std::move(pipe.writer), "the pipe");
    EXPECT_TRUE(output.restart());
    const std::string text(1'000'000, 'x');
    std::size_t written = 0;
    while (const std::size_t taken = output.write_some(as_bytes(text).subspan(written))) written += taken;
    EXPECT_GT(written, 0U);
    EXPECT_FALSE(output.restart());
    std::string read(written, ' ');
    ASSERT_EQ(::read(pipe.reader.get(), read.data(), read.size()), static_cast<ssize_t>(written));
    EXPECT_GT(output.write_some(as_bytes(text).subspan(written)), 0U);
  }
}

}  // namespace
}  // namespace longshore::cli
