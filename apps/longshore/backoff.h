#pragma once

#include <chrono>
#include <optional>

#include "apps/longshore/failure.h"
#include "base/clock.h"
#include "base/random.h"

namespace longshore::cli {

/// How long a request is tried again. The server may be restarted, or its disk be full for a while, in
/// `give_up_after`.
struct RetryLimits {
  Millis first_wait{200};
  Millis longest_wait{10'000};
  Millis give_up_after{300'000};  // after the first of the failures in a row
};

/// The waits between the tries of one request: exponential, half of each wait random (so that clients which
/// lost the same server do not come back together), never shorter than the server's Retry-After. How long a
/// try takes is nobody's failure: what counts is the time since the first of the failures in a row, and a try
/// that lasted longer than kLongestStall ends the row.
class Backoff {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Bytes moved in a try that lasted longer: each wait for one of them has a deadline, and all that stand in
  /// a try in which none moves end before.
  static constexpr Millis kLongestStall{300'000};

  Backoff(RetryLimits limits, Random& random) : limits_(limits), random_(&random) {}

  /// How long to wait before the next try after `failure`, which came `now`; nullopt: nothing helps, or the
  /// server has been away for too long.
  std::optional<Millis> next(const Failure& failure, Time now);

  /// The last try got somewhere before it failed: what fails now is the first failure of a new row.
  void progressed() { row_.reset(); }

 private:
  struct Row {  // of failures
    Time began;
    Time next_try;
    int length = 0;
  };

  RetryLimits limits_;
  Random* random_;
  std::optional<Row> row_;
};

}  // namespace longshore::cli
