#include "apps/longshore/part_body.h"

#include <algorithm>

#include "base/hash.h"
#include "base/units.h"

namespace longshore::cli {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t kPieceBytes = 256 * KiB;
/// The pool's work cannot be interrupted, so it comes in portions that a Ctrl-C need not wait for.
constexpr std::int64_t kHashPortionBytes = 16 * MiB;

void hash_range(const InputFile& file, FileRange range, Crc32c& crc) {
  std::vector<std::byte> piece(static_cast<std::size_t>(std::min(kPieceBytes, range.length)));
  while (range.length > 0) {
    const auto bytes = MutableBytes(piece).first(
        static_cast<std::size_t>(std::min(kPieceBytes, range.length)));
    file.read(range.offset, bytes);
    crc.update(bytes);
    range.offset += static_cast<std::int64_t>(bytes.size());
    range.length -= static_cast<std::int64_t>(bytes.size());
  }
}

}  // namespace

PartBody::PartBody(const InputFile& file, BlockingPool& pool, FileRange range, std::int64_t& bytes_sent)
    : file_(file), pool_(pool), range_(range), bytes_sent_(bytes_sent) {}

asio::awaitable<ByteView> PartBody::next() {
  const std::int64_t count = std::min(kPieceBytes, range_.length - position_);
  piece_.resize(static_cast<std::size_t>(count));
  const std::int64_t from = range_.offset + position_;
  const bool is_last_piece = position_ + count == range_.length;
  co_await pool_.run([this, from, is_last_piece] {
    file_.read(from, piece_);
    if (is_last_piece) file_.check_unchanged();
  });
  position_ += count;
  bytes_sent_ += count;
  co_return ByteView(piece_);
}

bool PartBody::rewind() {
  bytes_sent_ -= position_;
  position_ = 0;
  return true;
}

asio::awaitable<std::uint32_t> range_crc32c(const InputFile& file, BlockingPool& pool, FileRange range) {
  Crc32c crc;
  while (range.length > 0) {
    const FileRange portion{.offset = range.offset, .length = std::min(kHashPortionBytes, range.length)};
    co_await pool.run([&file, portion, &crc] { hash_range(file, portion, crc); });
    range.offset += portion.length;
    range.length -= portion.length;
  }
  co_return crc.value();
}

}  // namespace longshore::cli
