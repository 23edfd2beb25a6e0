#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/error.hpp>

#include "kafka/producer.h"
#include "net/waiter.h"

namespace longshore::kafka {

/// The records of one call, and the coroutine that waits until all are reported or it is cancelled.
/// Thread-safe.
class Batch : public std::enable_shared_from_this<Batch> {
 public:
  explicit Batch(std::size_t records) : deliveries_(records), open_(records) {}

  /// Once, before anything is reported.
  template <class Handler>
  void wait(Handler handler) {
    waiter_.emplace(std::move(handler));
    waiter_->on_cancel([weak = weak_from_this()] {
      if (const auto batch = weak.lock()) batch->cancel();
    });
  }

  void report(std::size_t place, Delivery delivery) {
    const std::lock_guard lock(mutex_);
    if (!waiter_) return;
    deliveries_[place] = std::move(delivery);
    if (--open_ == 0) end({});
  }

 private:
  void cancel() {
    const std::lock_guard lock(mutex_);
    if (waiter_) end(boost::asio::error::operation_aborted);
  }
  void end(boost::system::error_code error) {
    std::move(*waiter_).wake(error, std::move(deliveries_));
    waiter_.reset();
  }

  std::mutex mutex_;
  std::vector<Delivery> deliveries_;
  std::size_t open_;
  std::optional<Waiter<std::vector<Delivery>>> waiter_;
};

}  // namespace longshore::kafka
