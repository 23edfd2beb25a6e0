#include "s3/routes.h"

namespace longshore::s3 {
namespace {

/// How long a redirection that is not for good is followed without being asked for.
constexpr Millis kDetourLimit = std::chrono::minutes{5};

bool is_for_good(const Answer& answer) { return answer.status != 302 && answer.status != 307; }

}  // namespace

Routes::Routes(Place configured, const Clock& clock, Log log)
    : clock_(clock),
      log_(std::move(log)),
      home_(std::make_shared<Route>(std::move(configured))),
      route_(home_) {}

Routes::Ptr Routes::current() {
  const std::lock_guard lock(mutex_);
  if (clock_.now() >= until_) route_ = home_;
  return route_;
}

Routes::Ptr Routes::follow(const Route& from, const Answer& answer) {
  const auto next = from.place.follow(answer);
  if (!next) return nullptr;
  auto route = std::make_shared<Route>(*next);
  log_.warn(
      "the bucket is elsewhere; the configuration should say so",
      {{"bucket", next->bucket()}, {"endpoint", next->endpoint().authority()}, {"region", next->region()}});
  const std::lock_guard lock(mutex_);
  route_ = route;
  until_ = is_for_good(answer) ? Time::max() : clock_.now() + kDetourLimit;
  return route;
}

Routes::Ptr Routes::leave(const Ptr& dead) {
  const std::lock_guard lock(mutex_);
  if (route_ == dead) route_ = home_;
  return route_;
}

}  // namespace longshore::s3
