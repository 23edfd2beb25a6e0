#include "bench/load/paced_body.h"

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace longshore::bench {
namespace {

constexpr std::int64_t kPatternBytes = 256 * 1024;
constexpr std::int64_t kPacedPieceBytes = 64 * 1024;

}  // namespace

ByteView pattern(std::int64_t bytes_max) {
  static const std::vector<std::uint8_t> bytes = [] {
    std::vector<std::uint8_t> random(kPatternBytes);
    SystemRandom{}.fill(random);
    return random;
  }();
  return std::as_bytes(std::span(bytes)).first(static_cast<std::size_t>(std::min(bytes_max, kPatternBytes)));
}

boost::asio::awaitable<ByteView> PacedBody::next() {
  using std::chrono::steady_clock;
  std::int64_t piece = kPatternBytes;
  if (pace_ > Millis{0}) {
    if (!began_) began_ = steady_clock::now();
    const auto due = *began_ + pace_ * given_ / size_;
    const auto wait = std::chrono::ceil<Millis>(due - steady_clock::now());
    if (wait > Millis{0}) co_await timers_.sleep_for(wait);
    piece = kPacedPieceBytes;
  }
  const ByteView bytes = pattern(std::min(piece, size_ - given_));
  given_ += std::ssize(bytes);
  co_return bytes;
}

}  // namespace longshore::bench
