#include "coordinator/lease_keeper.h"

#include "net/race.h"

namespace longshore {

bool is_held_by(const Operation& op, const AttemptId& attempt) {
  return op.state == OperationState::completing && op.lease && op.lease->attempt == attempt;
}

Task<bool> LeaseKeeper::renew() {
  const Time asked_at = steps_.now();
  try {
    const LoadedOperation after = co_await steps_.change(
        operation_, [&](const LoadedOperation& row) -> std::optional<Transition> {
          if (!is_held_by(row.operation, attempt_)) return std::nullopt;
          return renew_lease(row.operation, row.node, row.now);
        });
    if (!is_held_by(after.operation, attempt_)) co_return false;
    renewed_at_ = asked_at;
    co_return true;
  } catch (const Error& error) {
    steps_.report("renewing the lease of " + operation_.str(), error.message());
  }
  co_return steps_.now() + kLeaseRenewal < renewed_at_ + kLease;
}

Task<bool> LeaseKeeper::guard(Task<void> work) {
  const bool fresh = steps_.now() < renewed_at_ + kLeaseRenewal;
  if (!fresh && !co_await renew()) co_return false;
  co_return co_await with_heartbeat(
      steps_.ports().timers, kLeaseRenewal, [this] { return renew(); }, std::move(work));
}

}  // namespace longshore
