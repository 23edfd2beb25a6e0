#include "front/common/readiness_cache.h"

#include <cstdint>
#include <utility>

#include "domain/error.h"

namespace longshore {

Task<std::vector<std::string>> ReadinessCache::missing() {
  const std::uint64_t ended = question_.ended();
  {
    const std::lock_guard lock(mutex_);
    if (Steady::now() < fresh_until_) co_return known_;
  }
  if (!co_await question_.join(ended)) throw Error{Reason::draining, "this server is going down"};
  const std::lock_guard lock(mutex_);
  if (failure_) std::rethrow_exception(failure_);
  co_return known_;
}

Task<void> ReadinessCache::put_question() {
  std::vector<std::string> missing;
  std::exception_ptr failure;
  try {
    missing = co_await ask_();
  } catch (...) {
    failure = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  known_ = std::move(missing);
  failure_ = failure;
  fresh_until_ = failure ? Steady::time_point{} : Steady::now() + fresh_;
}

}  // namespace longshore
