#include "apps/longshored/doorbell.h"

#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace longshore::server {

void Doorbell::ring() {
  std::unique_ptr<Waiter<Nothing>> waiter;
  {
    const std::lock_guard lock(mutex_);
    rings_ = !waiter_;
    waiter_.swap(waiter);
  }
  if (waiter) std::move(*waiter).wake({}, Nothing{});
}

Task<void> Doorbell::rung() {
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>,
                                       void(boost::system::error_code, Nothing)>(
      [this](auto handler) {
        auto waiter = std::make_unique<Waiter<Nothing>>(std::move(handler));
        waiter->on_cancel([this] { give_up(); });
        {
          const std::lock_guard lock(mutex_);
          if (!std::exchange(rings_, false)) {
            waiter_ = std::move(waiter);
            return;
          }
        }
        std::move(*waiter).wake({}, Nothing{});
      },
      boost::asio::use_awaitable);
}

void Doorbell::give_up() {
  std::unique_ptr<Waiter<Nothing>> waiter;
  {
    const std::lock_guard lock(mutex_);
    waiter_.swap(waiter);
  }
  if (waiter) std::move(*waiter).wake(boost::asio::error::operation_aborted, Nothing{});
}

}  // namespace longshore::server
