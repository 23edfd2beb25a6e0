#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "net/shared_run.h"
#include "ports/body_source.h"

namespace longshore {

/// What the server misses to do its work ("catalog: disk full"); empty: ready.
using Readiness = std::function<Task<std::vector<std::string>>()>;

/// Below what a balancer looks at, above what a flood of questions could cost.
inline constexpr Millis kReadinessIsFresh{1000};

/// Asks what is missing one question at a time, and not again as long as an answer is fresh, however often it
/// is asked itself: anybody may ask /readyz, and a question goes to every store. Thread-safe; those who wait
/// resume on their own executors.
class ReadinessCache {
 public:
  ReadinessCache(Readiness ask, Millis fresh) : ask_(std::move(ask)), fresh_(fresh) {}

  /// Throws what the question throws, to all who waited for it; Error draining once stopped.
  Task<std::vector<std::string>> missing();
  /// Before the loops end: breaks off a question under way.
  Task<void> stop() { return question_.stop(); }

 private:
  using Steady = std::chrono::steady_clock;
  Task<void> put_question();

  const Readiness ask_;
  const Millis fresh_;
  std::mutex mutex_;  // of what was answered last:
  std::vector<std::string> known_;
  std::exception_ptr failure_;
  Steady::time_point fresh_until_{};
  SharedRun question_{[this] { return put_question(); }};
};

}  // namespace longshore
