#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace longshore {

/// How long a peer may still keep us waiting: `most` at the beginning, less with each wait, more with each
/// byte it moves, at `bytes_per_second`. So it is cut off after `most` without a byte, and likewise when it
/// is slower than that on average, however cleverly it drips. Only waiting for the peer counts: a slow store
/// of ours is not its fault. Kept as a fraction: many short waits and single bytes are not rounded.
class Patience {
 public:
  using Seconds = std::chrono::duration<double>;

  /// `bytes_per_second` 0: any byte brings all patience back.
  Patience(std::int64_t bytes_per_second, Millis most)
      : rate_(static_cast<double>(bytes_per_second)), most_(most), left_(most) {}

  void moved(std::int64_t bytes) {
    left_ = rate_ <= 0 ? most_ : std::min(most_, left_ + Seconds{static_cast<double>(bytes) / rate_});
  }
  void waited(Seconds duration) { left_ -= std::min(left_, duration); }

  /// Rounded up, so that 0 means that none is left.
  [[nodiscard]] Millis left() const { return std::chrono::ceil<Millis>(left_); }

 private:
  double rate_;
  Seconds most_;
  Seconds left_;
};

}  // namespace longshore
