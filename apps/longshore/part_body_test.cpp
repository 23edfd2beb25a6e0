#include "apps/longshore/part_body.h"

#include <gtest/gtest.h>

#include "apps/longshore/failure.h"
#include "apps/longshore/run_awaitable.h"
#include "apps/longshore/scratch_folder.h"
#include "base/hash.h"

namespace longshore::cli {
namespace {

using testing::run_awaitable;
using testing::ScratchFolder;

std::string sample(std::size_t size) {
  std::string out(size, ' ');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>('a' + i % 23);
  return out;
}

std::uint32_t crc_of(std::string_view text) {
  Crc32c crc;
  crc.update(as_bytes(text));
  return crc.value();
}

boost::asio::awaitable<std::vector<std::uint32_t>> piece_crcs(HttpBody& body) {
  std::vector<std::uint32_t> out;
  for (std::int64_t left = body.length().value(); left > 0;) {
    const ByteView piece = co_await body.next();
    left -= std::ssize(piece);
    Crc32c crc;
    crc.update(piece);
    out.push_back(crc.value());
  }
  co_return out;
}

TEST(PartBody, GivesItsStretchInPieces) {
  const ScratchFolder folder;
  const std::string text = sample(700'000);
  const InputFile file(folder.write("a", text));
  BlockingPool pool(1);
  std::int64_t sent = 100;
  PartBody body(file, pool, {.offset = 1'000, .length = 600'000}, sent);
  EXPECT_EQ(body.length(), 600'000);
  const std::vector<std::uint32_t> expected = {crc_of(text.substr(1'000, 262'144)),
                                               crc_of(text.substr(263'144, 262'144)),
                                               crc_of(text.substr(525'288, 75'712))};
  EXPECT_EQ(run_awaitable(piece_crcs(body)), expected);
  EXPECT_EQ(sent, 600'100);
  EXPECT_TRUE(body.rewind());
  EXPECT_EQ(sent, 100);
  EXPECT_EQ(run_awaitable(piece_crcs(body)), expected);
  pool.join();
}

TEST(PartBody, WithholdsTheLastPieceOfAFileThatChanged) {
  const ScratchFolder folder;
  const std::filesystem::path path = folder.write("a", sample(600'000));
  const InputFile file(path);
  BlockingPool pool(1);
  std::int64_t sent = 0;
  PartBody body(file, pool, {.offset = 0, .length = 300'000}, sent);
  run_awaitable(body.next());
  std::filesystem::resize_file(path, 600'001);  // behind this part: it could be read as before
  try {
    run_awaitable(body.next());
    FAIL() << "the last piece was handed out";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.reason, reasons::kFileChanged);
  }
  pool.join();
}

TEST(RangeCrc, IsThatOfTheStretch) {
  const ScratchFolder folder;
  const std::string text = sample(20'000'000);  // more than one portion of work
  const InputFile file(folder.write("a", text));
  BlockingPool pool(1);
  const auto crc = run_awaitable(range_crc32c(file, pool, {.offset = 7, .length = 19'000'000}));
  EXPECT_EQ(crc, crc_of(std::string_view(text).substr(7, 19'000'000)));
  EXPECT_EQ(run_awaitable(range_crc32c(file, pool, {.offset = 7, .length = 0})), 0U);
  pool.join();
}

}  // namespace
}  // namespace longshore::cli
