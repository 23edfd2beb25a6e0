#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "apps/longshore/input_file.h"
#include "net/blocking_pool.h"
#include "net/http_body.h"

namespace longshore::cli {

/// A stretch of a file.
struct FileRange {
  std::int64_t offset = 0;
  std::int64_t length = 0;
};

/// One part of a file as the body of a request, read in pieces of 256 KiB on the pool: one of them is in
/// memory, never the part.
///
/// Before it hands out its last piece it makes sure that the file is still what it was: a change ends the
/// upload after a part, not after all of them.
class PartBody final : public HttpBody {
 public:
  /// `bytes_sent` is counted up by what is pulled and back down by a rewind. All references outlive the body.
  PartBody(const InputFile& file, BlockingPool& pool, FileRange range, std::int64_t& bytes_sent);

  [[nodiscard]] std::optional<std::int64_t> length() const override { return range_.length; }
  boost::asio::awaitable<ByteView> next() override;
  bool rewind() override;

 private:
  const InputFile& file_;
  BlockingPool& pool_;
  const FileRange range_;
  std::int64_t& bytes_sent_;
  std::int64_t position_ = 0;
  std::vector<std::byte> piece_;
};

/// The CRC32C of a stretch of a file, read on the pool. It is needed before the part is sent: it stands in
/// its header.
boost::asio::awaitable<std::uint32_t> range_crc32c(const InputFile& file, BlockingPool& pool,
                                                   FileRange range);

}  // namespace longshore::cli
