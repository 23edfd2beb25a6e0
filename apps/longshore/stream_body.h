#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "net/blocking_pool.h"
#include "net/http_body.h"

namespace longshore::cli {

/// A stream of unknown length (a pipe, a terminal, a file that the shell opened) as the body of a request.
/// What was read is gone, so it can be tried again only until the first byte is there.
class StreamBody final : public HttpBody {
 public:
  /// `descriptor` stays the caller's. `bytes_sent` is counted up.
  StreamBody(int descriptor, BlockingPool& pool, std::int64_t& bytes_sent);

  [[nodiscard]] std::optional<std::int64_t> length() const override { return std::nullopt; }
  boost::asio::awaitable<ByteView> next() override;
  bool rewind() override { return !begun_; }

 private:
  int descriptor_;
  BlockingPool& pool_;
  std::int64_t& bytes_sent_;
  bool begun_ = false;
  std::vector<std::byte> piece_;
};

}  // namespace longshore::cli
