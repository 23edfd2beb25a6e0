#include "apps/longshore/input_file.h"

#include <chrono>
#include <functional>
#include <span>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "apps/longshore/failure.h"
#include "apps/longshore/scratch_folder.h"

namespace longshore::cli {
namespace {

namespace fs = std::filesystem;
using testing::ScratchFolder;

std::string reason_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Failure& failure) {
    return failure.reason;
  }
  return "";
}

std::string read(const InputFile& file, std::int64_t offset, std::size_t count) {
  std::string out(count, ' ');
  file.read(offset, std::as_writable_bytes(std::span(out)));
  return out;
}

TEST(InputFile, ReadsWhereItIsTold) {
  const ScratchFolder folder;
  const InputFile file(folder.write("a", "0123456789"));
  EXPECT_EQ(file.version().size, 10);
  EXPECT_EQ(read(file, 3, 4), "3456");
  EXPECT_EQ(read(file, 10, 0), "");
  EXPECT_EQ(reason_of([&] { read(file, 8, 3); }), reasons::kFileChanged);
}

TEST(InputFile, SeesEveryKindOfChange) {
  const ScratchFolder folder;
  const fs::path path = folder.write("a", "0123456789");
  {
    const InputFile file(path);
    file.check_unchanged();
    fs::last_write_time(path, fs::last_write_time(path) + std::chrono::seconds(1));
    EXPECT_EQ(reason_of([&] { file.check_unchanged(); }), reasons::kFileChanged);
  }
  {
    const InputFile file(path);
    const auto time = fs::last_write_time(path);
    fs::resize_file(path, 9);
    fs::last_write_time(path, time);
    EXPECT_EQ(reason_of([&] { file.check_unchanged(); }), reasons::kFileChanged);
  }
  {
    const InputFile file(path);
    const fs::path other = folder.write("b", "012345678");
    fs::last_write_time(other, fs::last_write_time(path));
    fs::rename(other, path);
    EXPECT_EQ(reason_of([&] { file.check_unchanged(); }), reasons::kFileChanged);
  }
  {
    const InputFile file(path);
    fs::remove(path);
    EXPECT_EQ(reason_of([&] { file.check_unchanged(); }), reasons::kFileChanged);
  }
}

TEST(InputFile, IsARegularFile) {
  const ScratchFolder folder;
  ASSERT_EQ(::mkfifo((folder.path() / "fifo").c_str(), 0600), 0);
  for (const fs::path& path :
       {folder.path() / "missing", folder.path(), folder.path() / "fifo", fs::path("/dev/null")}) {
    EXPECT_EQ(reason_of([&] { const InputFile file(path); }), reasons::kFileError) << path;
  }
}

}  // namespace
}  // namespace longshore::cli
