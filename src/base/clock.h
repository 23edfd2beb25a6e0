#pragma once

#include <chrono>
#include <cstdint>

namespace longshore {

/// Wall-clock instants and durations, in milliseconds throughout (events and rows carry milliseconds since
/// 1970 UTC).
using Millis = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Millis>;

/// Where "now" comes from. A value handed in from outside, so that the simulation steers it. Thread-safe.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  [[nodiscard]] virtual Time now() const = 0;
};

/// The machine's wall clock.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override {
    return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
  }
};

inline std::int64_t epoch_ms(Time t) { return t.time_since_epoch().count(); }
inline Time from_epoch_ms(std::int64_t ms) { return Time{Millis{ms}}; }

}  // namespace longshore
