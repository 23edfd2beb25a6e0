#include "directory/file_body.h"

#include <fcntl.h>

#include "directory/disk_spy_test.h"
#include "directory/folder_fixture_test.h"
#include "tests/fakes/await.h"
#include "tests/fakes/scripted_body.h"

namespace longshore::directory {
namespace {

constexpr std::int64_t kBufferBytes = BufferPool::kBufferBytes;

class FileBodyTest : public FolderFixture {
 protected:
  FileBody body(std::int64_t first, std::int64_t size) {
    return FileBody(root().open("file", O_RDONLY), first, size, pool_, buffers_);
  }
  std::string read(std::int64_t first, std::int64_t size) {
    FileBody source = body(first, size);
    return await(fakes::read_all(source));
  }

  BlockingPool pool_{1};
  BufferPool buffers_{8 * kBufferBytes};
};

TEST_F(FileBodyTest, GivesItsStretchInBuffers) {
  std::string text(3 * kBufferBytes, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  write_file("file", text);
  EXPECT_EQ(read(0, std::ssize(text)), text);
  EXPECT_EQ(read(kBufferBytes - 1, 2), text.substr(kBufferBytes - 1, 2));
  EXPECT_EQ(read(5, 0), "");
}

TEST_F(FileBodyTest, HoldsOneBufferWhileItIsRead) {
  write_file("file", std::string(kBufferBytes + 1, 'x'));
  FileBody source = body(0, kBufferBytes + 1);
  EXPECT_EQ(source.length(), kBufferBytes + 1);
  EXPECT_EQ(buffers_.in_use_bytes(), 0);
  EXPECT_EQ(await(source.next()).size(), static_cast<std::size_t>(kBufferBytes));
  EXPECT_EQ(buffers_.in_use_bytes(), kBufferBytes);
  EXPECT_EQ(await(source.next()).size(), 1U);
  EXPECT_EQ(buffers_.in_use_bytes(), kBufferBytes);
  EXPECT_TRUE(await(source.next()).empty());
  EXPECT_EQ(buffers_.in_use_bytes(), 0);
  EXPECT_TRUE(source.rewind());
  EXPECT_EQ(await(fakes::read_all(source)).size(), static_cast<std::size_t>(kBufferBytes) + 1);
}

TEST_F(FileBodyTest, HoldsNoneOnceThePieceIsReleased) {
  const std::string text = std::string(kBufferBytes, 'x') + "rest";
  write_file("file", text);
  FileBody source = body(0, std::ssize(text));
  await(source.next());
  source.release();
  EXPECT_EQ(buffers_.in_use_bytes(), 0);
  EXPECT_EQ(as_text(await(source.next())), "rest");
}

TEST_F(FileBodyTest, ClosesItsFileOnThePool) {
  write_file("file", "x");
  DiskSpy spy;
  {
    const FileBody source = body(0, 1);
  }
  pool_.join();
  EXPECT_EQ(spy.closed(), std::vector{path("file").string()});
  EXPECT_EQ(spy.closed_here(), std::vector<std::string>());
}

TEST_F(FileBodyTest, ReadsBeyondFourGigabytes) {
  constexpr std::int64_t kTwoGiB = std::int64_t{1} << 31;
  {
    const Fd file = root().open("file", O_WRONLY | O_CREAT);
    for (const std::int64_t offset : {kTwoGiB, 2 * kTwoGiB})
      write_all(file.get(), offset - 3, as_bytes("before/after"));
    cut_to(file.get(), 3 * kTwoGiB);
  }
  EXPECT_EQ(read(kTwoGiB - 3, 12), "before/after");
  EXPECT_EQ(read(2 * kTwoGiB, 9), "ore/after");
  EXPECT_EQ(read(3 * kTwoGiB - 2, 2), std::string(2, '\0'));
}

TEST_F(FileBodyTest, AFileThatGetsShorterIsAnError) {
  write_file("file", std::string(1000, 'x'));
  FileBody source = body(0, 1000);
  write_file("file", "x");
  EXPECT_EQ(await(source.next()).size(), 1U);
  const auto error = error_of([&] { await(source.next()); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason(), Reason::integrity);
}

}  // namespace
}  // namespace longshore::directory
