#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "net/http_body.h"
#include "net/timers.h"

namespace longshore::bench {

/// Bytes that cost nothing to make: the same few over and over.
class PacedBody final : public HttpBody {
 public:
  /// All of them as fast as they are taken, or at equal distances within `pace`.
  PacedBody(std::int64_t bytes, Millis pace, Timers& timers) : size_(bytes), pace_(pace), timers_(timers) {}

  [[nodiscard]] std::optional<std::int64_t> length() const override { return size_; }
  boost::asio::awaitable<ByteView> next() override;
  bool rewind() override { return given_ == 0; }

 private:
  const std::int64_t size_;
  const Millis pace_;
  Timers& timers_;
  std::int64_t given_ = 0;
  std::optional<std::chrono::steady_clock::time_point> began_;
};

/// Up to 256 KiB that hold no repetition.
ByteView pattern(std::int64_t bytes_max);

}  // namespace longshore::bench
