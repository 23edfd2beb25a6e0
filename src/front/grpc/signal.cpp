#include "front/grpc/signal.h"

#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace longshore::grpc {

namespace asio = boost::asio;

Task<void> Signal::wait() {
  const std::uint64_t ticket = ++next_;
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code, Nothing)>(
      [this, ticket](auto handler) {
        Waiter<Nothing> waiter(std::move(handler));
        waiter.on_cancel([this, ticket] {
          auto cancelled = waiting_.extract(ticket);
          if (cancelled) std::move(cancelled.mapped()).wake(asio::error::operation_aborted, {});
        });
        waiting_.emplace(ticket, std::move(waiter));
      },
      asio::use_awaitable);
}

void Signal::notify() {
  auto woken = std::exchange(waiting_, {});
  for (auto& [_, waiter] : woken) std::move(waiter).wake({}, {});
}

}  // namespace longshore::grpc
