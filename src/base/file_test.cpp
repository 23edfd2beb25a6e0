#include "base/file.h"

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <pthread.h>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace longshore {
namespace {

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(Fd, IsClosedOnceByItsLastOwner) {
  Fd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(first);
  const int raw = first.get();
  {
    const Fd second(std::move(first));
    EXPECT_FALSE(first);
    EXPECT_EQ(second.get(), raw);
  }
  EXPECT_FALSE(is_open(raw));

  Fd assigned(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int earlier = assigned.get();
  assigned = Fd();
  EXPECT_FALSE(is_open(earlier));

  Fd given_away(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int released = given_away.release();
  given_away = Fd();
  EXPECT_TRUE(is_open(released));
  ::close(released);
}

/// A file without a name.
class FileTest : public testing::Test {
 protected:
  [[nodiscard]] std::string text() const {
    std::array<char, 64> bytes{};
    const ssize_t size = ::pread(fd_.get(), bytes.data(), bytes.size(), 0);
    return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }
  static Fd nameless() {
    std::string name = testing::TempDir() + "longshore-file-XXXXXX";
    Fd fd(::mkostemp(name.data(), O_CLOEXEC));
    ::unlink(name.c_str());
    return fd;
  }

  Fd fd_ = nameless();
};

TEST_F(FileTest, WritesInOrderAndAtOffsets) {
  EXPECT_TRUE(write_all(fd_.get(), as_bytes("0123")));
  EXPECT_TRUE(write_all(fd_.get(), as_bytes("456789")));
  EXPECT_TRUE(write_all(fd_.get(), 3, as_bytes("abc")));
  EXPECT_TRUE(write_all(fd_.get(), 0, {}));
  EXPECT_EQ(text(), "012abc6789");
}

TEST_F(FileTest, AWriteThatFailsHalfwaySaysWhy) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 6;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const bool appended = write_all(fd_.get(), as_bytes("01234567"));
  const int append_error = errno;
  const bool placed = write_all(fd_.get(), 4, as_bytes("abcd"));
  const int place_error = errno;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, ignored);
  EXPECT_FALSE(appended);
  EXPECT_FALSE(placed);
  EXPECT_EQ(append_error, EFBIG);
  EXPECT_EQ(place_error, EFBIG);
  EXPECT_EQ(text(), "0123ab") << "the kernel took what there was room for; the rest was tried";
}

TEST(FileSignals, AWriteGoesOnAfterThem) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const Fd from(ends[0]);
  Fd to(ends[1]);
  struct sigaction interrupting{};
  interrupting.sa_handler = [](int) {};
  struct sigaction before{};
  ASSERT_EQ(::sigaction(SIGUSR1, &interrupting, &before), 0);

  const std::string bytes(1 << 20, 'x');  // more than a pipe holds
  std::atomic<bool> ended = false;
  bool written = false;
  std::thread writer([&] {
    written = write_all(to.get(), as_bytes(bytes));
    to = Fd();
    ended = true;
  });
  std::size_t received = 0;
  std::array<char, 4096> piece{};
  for (;;) {
    if (!ended) ::pthread_kill(writer.native_handle(), SIGUSR1);
    const ssize_t n = uninterrupted([&] { return ::read(from.get(), piece.data(), piece.size()); });
    if (n <= 0) break;
    received += static_cast<std::size_t>(n);
  }
  writer.join();
  ::sigaction(SIGUSR1, &before, nullptr);
  EXPECT_TRUE(written);
  EXPECT_EQ(received, bytes.size());
}

TEST(FileFolders, NamesInAFolderAreMadeDurable) {
  EXPECT_TRUE(sync_folder(testing::TempDir()));
  EXPECT_TRUE(sync_folder("/proc")) << "has nothing that could be";
  EXPECT_FALSE(sync_folder(testing::TempDir() + "no-such-folder"));
  EXPECT_EQ(errno, ENOENT);
}

}  // namespace
}  // namespace longshore
