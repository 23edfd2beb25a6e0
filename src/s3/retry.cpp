#include "s3/retry.h"

#include <algorithm>

namespace longshore::s3 {

std::optional<Millis> pause_before(int nth, const RetryPolicy& policy,
                                   const std::optional<Millis>& retry_after, Random& random) {
  if (retry_after && *retry_after > policy.pause_max) return std::nullopt;
  Millis longest = policy.first_pause;
  for (int i = 1; i < nth && longest < policy.pause_max; ++i) longest *= 2;
  longest = std::min(longest, policy.pause_max);
  const Millis pause{
      static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(longest.count()) + 1))};
  return std::max(pause, retry_after.value_or(Millis{0}));
}

bool RetryBudget::take() {
  const std::lock_guard lock(mutex_);
  if (left_ < kCost) return false;
  left_ -= kCost;
  return true;
}

void RetryBudget::give_back() {
  const std::lock_guard lock(mutex_);
  left_ = std::min(left_ + 1, kFull);
}

}  // namespace longshore::s3
