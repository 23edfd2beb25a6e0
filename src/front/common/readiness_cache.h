#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "net/waiter.h"
#include "ports/body_source.h"

namespace longshore {

/// What the server misses to do its work ("catalog: disk full"); empty: ready.
using Readiness = std::function<Task<std::vector<std::string>>()>;

/// Below what a balancer looks at, above what a flood of questions could cost.
inline constexpr Millis kReadinessIsFresh{1000};

/// Asks what is missing one question at a time, and not again as long as an answer is fresh, however often it
/// is asked itself: anybody may ask /readyz, and a question goes to every store. Thread-safe; those who wait
/// for the answer to somebody else's question resume on their own executors.
class ReadinessCache {
 public:
  ReadinessCache(Readiness ask, Millis fresh) : ask_(std::move(ask)), fresh_(fresh) {}

  /// What the question throws goes to the one whose question it was; the others put their own.
  Task<std::vector<std::string>> missing();

 private:
  using Steady = std::chrono::steady_clock;
  class Question;
  Task<void> question_ends();

  const Readiness ask_;
  const Millis fresh_;
  std::mutex mutex_;
  bool asking_ = false;
  std::vector<Waiter<Nothing>> waiting_;  // for the question to end
  std::vector<std::string> known_;
  Steady::time_point fresh_until_{};
};

}  // namespace longshore
