#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "apps/longshore/http_message.h"
#include "net/blocking_pool.h"

namespace longshore::cli {

/// A stream of unknown length (a pipe, a terminal, a file that the shell opened) as the body of a request.
/// What was read is gone, so it can be tried again only until the first byte is there.
class StreamBody final : public UploadStream {
 public:
  /// `descriptor` stays the caller's. `bytes_sent` is counted up.
  StreamBody(int descriptor, BlockingPool& pool, std::int64_t& bytes_sent);

  [[nodiscard]] std::optional<std::int64_t> length() const override { return std::nullopt; }
  boost::asio::awaitable<ByteView> next() override;
  void sent(std::int64_t bytes) override { bytes_sent_ += bytes; }
  bool rewind() override { return !begun_; }

 private:
  int descriptor_;
  BlockingPool& pool_;
  std::int64_t& bytes_sent_;
  bool begun_ = false;
  std::array<std::vector<std::byte>, 2> pieces_;
  std::size_t turn_ = 0;
};

}  // namespace longshore::cli
