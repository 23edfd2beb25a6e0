#pragma once

#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/random.h"

/// When to try again, and when to leave a store alone. Pure, but for the budget's lock.
namespace longshore::s3 {

struct RetryPolicy {
  int retries = 3;           // after the first try
  Millis first_pause{200};   // the longest one before the first retry; each further one doubles it
  Millis pause_max{60'000};  // no client waits longer for a request of its own
};

/// The pause before the nth retry (from 1): random between nothing and what the policy allows, so that
/// clients that failed together do not come back together; never less than the store asks for. nullopt: the
/// store asks for more than the policy's longest one, which is for our own client to wait.
std::optional<Millis> pause_before(int nth, const RetryPolicy& policy,
                                   const std::optional<Millis>& retry_after, Random& random);

/// Bounds the share of retries in all requests to a store, so that an outage is not multiplied by them: each
/// costs, each success gives back a little. Thread-safe.
class RetryBudget {
 public:
  // As the AWS SDKs have it ("standard" retry mode): full, it lets 100 requests retry once; then, one in
  // five.
  static constexpr int kFull = 500;
  static constexpr int kCost = 5;

  /// False: none is left for a retry.
  bool take();
  /// A request went well at its first try.
  void give_back();

 private:
  std::mutex mutex_;
  int left_ = kFull;
};

}  // namespace longshore::s3
