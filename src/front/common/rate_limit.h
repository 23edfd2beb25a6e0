#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>

#include <boost/asio/ip/address.hpp>

#include "base/clock.h"

namespace longshore {

/// A token bucket an address (network_of() it): `per_second` requests for long, twice that at once.
/// Thread-safe.
class RateLimit {
 public:
  /// Buckets kept; the one that was idle longest goes first, which at worst forgives somebody some requests.
  /// About 10 MiB.
  static constexpr std::size_t kAddressesMax = 65'536;

  /// `per_second` 0: no limit.
  explicit RateLimit(int per_second) : per_second_(per_second) {}

  /// Takes one token; nullopt: go on. Else how long until there is one.
  std::optional<Millis> take(const boost::asio::ip::address& address, Time now);

 private:
  struct Bucket {
    boost::asio::ip::address address;
    double tokens = 0;
    Time filled_at{};
  };

  const int per_second_;
  std::mutex mutex_;
  std::list<Bucket> buckets_;  // the latest first
  std::unordered_map<boost::asio::ip::address, std::list<Bucket>::iterator> by_address_;
};

}  // namespace longshore
