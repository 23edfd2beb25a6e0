#include "front/common/rate_limit.h"

#include <algorithm>
#include <cmath>

#include "net/address.h"

namespace longshore {

std::optional<Millis> RateLimit::take(const boost::asio::ip::address& address, Time now) {
  if (per_second_ <= 0) return std::nullopt;
  const double full = 2.0 * per_second_;
  const boost::asio::ip::address key = network_of(address);

  const std::lock_guard lock(mutex_);
  const auto found = by_address_.find(key);
  if (found == by_address_.end()) {
    if (buckets_.size() == kAddressesMax) {
      by_address_.erase(buckets_.back().address);
      buckets_.pop_back();
    }
    buckets_.push_front({key, full, now});
    by_address_[key] = buckets_.begin();
  } else {
    buckets_.splice(buckets_.begin(), buckets_, found->second);
  }
  Bucket& bucket = buckets_.front();
  const double seconds = std::chrono::duration<double>(std::max(now - bucket.filled_at, Millis{0})).count();
  bucket.tokens = std::min(full, bucket.tokens + seconds * per_second_);
  bucket.filled_at = now;
  if (bucket.tokens < 1)
    return Millis{static_cast<std::int64_t>(std::ceil((1 - bucket.tokens) * 1000 / per_second_))};
  bucket.tokens -= 1;
  return std::nullopt;
}

}  // namespace longshore
