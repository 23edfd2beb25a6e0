#pragma once

#include <algorithm>
#include <chrono>

namespace longshore::grpc {

/// What a connection may spend on frames. Each costs one: pings, settings, priorities, window updates,
/// headers of calls that are refused, and bytes that nobody takes as so many frames. Time earns some, and
/// work more than its frames cost. Who runs out floods us. Pure.
class FrameBudget {
 public:
  using Steady = std::chrono::steady_clock;

  static constexpr double kMost = 2000;    // at once, as after a pause of the network
  static constexpr double kASecond = 100;  // keepalive needs one in ten seconds, measuring bandwidth some a
                                           // second
  static constexpr double kACall = 10;     // its window updates and cancellation
  static constexpr double kSomeData = 2;   // its own frame; and clients may ping as they send

  explicit FrameBudget(Steady::time_point now) : filled_at_(now) {}

  void earn(double frames) { left_ = std::min(kMost, left_ + frames); }
  /// False: more than it had.
  bool spend(Steady::time_point now) {
    earn(std::chrono::duration<double>(now - filled_at_).count() * kASecond);
    filled_at_ = now;
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

 private:
  double left_ = kMost;
  Steady::time_point filled_at_;
};

}  // namespace longshore::grpc
