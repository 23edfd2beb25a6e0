#include "tests/fakes/faults.h"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace longshore::fakes {

namespace asio = boost::asio;

void Moment::State::wake(boost::system::error_code error) {
  if (!waiter) return;
  Waiter<Nothing> woken = std::move(*waiter);
  waiter.reset();
  std::move(woken).wake(error, {});
}

void Moment::come() {
  state_->come = true;
  state_->wake({});
}

Task<void> Moment::wait() {
  if (state_->come) co_return;
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code, Nothing)>(
      [state = state_](auto handler) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        state->waiter.emplace(std::move(handler));
        if (!slot.is_connected()) return;
        slot.assign([weak = std::weak_ptr(state)](asio::cancellation_type) {
          if (const auto still = weak.lock()) still->wake(asio::error::operation_aborted);
        });
      },
      asio::use_awaitable);
}

}  // namespace longshore::fakes
