#pragma once

#include <utility>

#include "coordinator/steps.h"

namespace longshore {

/// Keeps the lease of a COMPLETING operation alive beside the work that it protects (net/race.h,
/// with_heartbeat). Lives as long as that work; used on its executor.
class LeaseKeeper {
 public:
  /// `leased_at`: a moment by our own clock (clocks differ) from before the lease was asked for.
  LeaseKeeper(Steps steps, UploadId operation, AttemptId attempt, Time leased_at)
      : steps_(steps),
        operation_(std::move(operation)),
        attempt_(std::move(attempt)),
        renewed_at_(leased_at) {}

  /// True while the lease is surely this attempt's: a catalog that does not answer is forgiven as long as the
  /// lease still runs.
  Task<bool> renew();

  /// Runs `work` under the lease; false if it was lost, and the work cancelled, or never begun: a lease that
  /// is not fresh (its commit took long) is renewed first.
  Task<bool> guard(Task<void> work);

 private:
  Steps steps_;
  UploadId operation_;
  AttemptId attempt_;
  Time renewed_at_;
};

/// COMPLETING, and by this attempt.
bool is_held_by(const Operation& op, const AttemptId& attempt);

}  // namespace longshore
