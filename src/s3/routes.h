#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "aws/sigv4.h"
#include "base/clock.h"
#include "obs/log.h"
#include "s3/place.h"

namespace longshore::s3 {

/// Where the bucket is, as far as we know, and the keys for there.
struct Route {
  explicit Route(Place at) : place(std::move(at)), signer(place.region(), "s3") {}

  const Place place;
  aws::Signer signer;
};

/// The configured route, and where the store has sent us since: remembered for as long as it leads anywhere,
/// and for some minutes where the store does not say that it is for good. Thread-safe.
class Routes {
 public:
  using Ptr = std::shared_ptr<Route>;

  /// The clock outlives it.
  Routes(Place configured, const Clock& clock, Log log);

  /// For a call that begins now.
  [[nodiscard]] Ptr current();
  /// Where the answer to a call over `from` sends us; nullptr: to no other place.
  [[nodiscard]] Ptr follow(const Route& from, const Answer& answer);
  /// Nobody is there at `dead`: what was learnt is forgotten. The route to go on with.
  [[nodiscard]] Ptr leave(const Ptr& dead);

 private:
  const Clock& clock_;
  const Log log_;
  const Ptr home_;
  std::mutex mutex_;  // of what follows
  Ptr route_;
  Time until_ = Time::max();
};

}  // namespace longshore::s3
