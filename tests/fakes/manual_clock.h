#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace longshore {

/// A clock that stands until a test moves it. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start = from_epoch_ms(1'700'000'000'000)) : now_ms_(epoch_ms(start)) {}

  [[nodiscard]] Time now() const override { return from_epoch_ms(now_ms_); }
  void set(Time to) { now_ms_ = epoch_ms(to); }
  void advance(Millis by) { now_ms_ += by.count(); }  // negative: a clock that is set back

 private:
  std::atomic<std::int64_t> now_ms_;
};

}  // namespace longshore
