#include "front/common/readiness_cache.h"

#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace longshore {

/// The question that is being put; its end, however it comes, wakes those who wait for it.
class ReadinessCache::Question {
 public:
  explicit Question(ReadinessCache& cache) : cache_(cache) {}
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;
  ~Question() {
    std::vector<Waiter<Nothing>> woken;
    {
      const std::lock_guard lock(cache_.mutex_);
      cache_.asking_ = false;
      woken.swap(cache_.waiting_);
    }
    for (auto& waiter : woken) std::move(waiter).wake({}, {});
  }

 private:
  ReadinessCache& cache_;
};

Task<std::vector<std::string>> ReadinessCache::missing() {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (Steady::now() < fresh_until_) co_return known_;
      if (!std::exchange(asking_, true)) break;
    }
    co_await question_ends();
  }
  const Question question(*this);
  std::vector<std::string> missing = co_await ask_();
  {
    const std::lock_guard lock(mutex_);
    known_ = missing;
    fresh_until_ = Steady::now() + fresh_;
  }
  co_return missing;
}

Task<void> ReadinessCache::question_ends() {
  namespace asio = boost::asio;
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code, Nothing)>(
      [this](auto handler) {
        Waiter<Nothing> waiter(std::move(handler));
        std::unique_lock lock(mutex_);
        if (asking_) return waiting_.push_back(std::move(waiter));
        lock.unlock();
        std::move(waiter).wake({}, {});
      },
      asio::use_awaitable);
}

}  // namespace longshore
