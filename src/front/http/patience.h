#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace longshore::http {

/// How long a peer may still keep us waiting: `most` at the beginning, less with each wait, more with each
/// byte it moves, at `bytes_per_second`. So it is cut off after `most` without a byte, and likewise when it
/// is slower than that on average, however cleverly it drips. Only waiting for the peer counts: a slow store
/// of ours is not its fault.
class Patience {
 public:
  /// `bytes_per_second` 0: any byte brings all patience back.
  Patience(std::int64_t bytes_per_second, Millis most) : rate_(bytes_per_second), most_(most), left_(most) {}

  void moved(std::int64_t bytes) {
    // Above `most` a second more or less is all the same: so the product below stays small.
    const std::int64_t enough = rate_ * (most_.count() / 1000 + 1);
    left_ = rate_ <= 0 || bytes >= enough ? most_ : std::min(most_, left_ + Millis{bytes * 1000 / rate_});
  }
  void waited(Millis duration) { left_ -= std::min(left_, duration); }

  [[nodiscard]] Millis left() const { return left_; }

 private:
  std::int64_t rate_;
  Millis most_;
  Millis left_;
};

}  // namespace longshore::http
