#pragma once

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
  Millis give_up_after{300'000};  // since the first of the failures in a row
};

/// The waits between the tries of one request: exponential, half of each wait random (so that clients which
/// lost the same server do not come back together), never shorter than the server's Retry-After.
class Backoff {
 public:
  Backoff(RetryLimits limits, Random& random) : limits_(limits), random_(&random) {}

  /// How long to wait before the next try after `failure`, which came `elapsed` after the first one began;
  /// nullopt: nothing helps, or it took too long.
  std::optional<Millis> next(const Failure& failure, Millis elapsed);

 private:
  RetryLimits limits_;
  Random* random_;
  int tries_ = 0;
};

}  // namespace longshore::cli
