#include "net/http_pool.h"

#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/race.h"

namespace longshore {

namespace asio = boost::asio;

HttpPool::Lease& HttpPool::Lease::operator=(Lease&& other) noexcept {
  end(nullptr);
  connection = std::move(other.connection);
  pool_ = std::move(other.pool_);
  return *this;
}

void HttpPool::Lease::give_back() { end(std::move(connection)); }

void HttpPool::Lease::end(std::unique_ptr<HttpConnection> reusable) {
  connection.reset();
  if (const auto pool = std::exchange(pool_, nullptr)) pool->take_back(std::move(reusable));
}

HttpPool::Lease HttpPool::lease_now() {
  ++leases_;
  return Lease(shared_from_this());
}

asio::awaitable<HttpPool::Lease> HttpPool::acquire(Millis limit) {
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back().connection);
    idle_.pop_back();
    if (!connection->is_clean()) continue;
    Lease lease = lease_now();
    lease.connection = std::move(connection);
    co_return lease;
  }
  if (leases_ < options_.connections_max) co_return lease_now();

  Lease lease;
  co_await ends_within(timers_, limit, wait_for_place(lease));
  co_return lease;
}

asio::awaitable<void> HttpPool::wait_for_place(Lease& out) {
  const std::uint64_t id = ++next_waiter_;
  out = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code, Lease)>(
      [this, id](auto handler) {
        Waiter<Lease> waiter(std::move(handler));
        waiter.on_cancel([this, id] {
          auto cancelled = waiters_.extract(id);
          if (cancelled) std::move(cancelled.mapped()).wake(asio::error::operation_aborted, {});
        });
        waiters_.emplace(id, std::move(waiter));
      },
      asio::use_awaitable);
}

void HttpPool::take_back(std::unique_ptr<HttpConnection> reusable) {
  --leases_;
  if (waiters_.empty()) {
    if (reusable) keep(std::move(reusable));
    return;
  }
  auto first = waiters_.extract(waiters_.begin());
  Lease lease = lease_now();
  lease.connection = std::move(reusable);
  std::move(first.mapped()).wake({}, std::move(lease));
}

void HttpPool::keep(std::unique_ptr<HttpConnection> connection) {
  if (!watched_) watched_ = gate_.spawn(executor_, end_idle_ones(shared_from_this()), nullptr);
  if (watched_) idle_.push_back({std::move(connection)});
}

asio::awaitable<void> HttpPool::end_idle_ones(std::shared_ptr<HttpPool> self) {
  std::exception_ptr closing;
  try {
    co_await self->watch();
  } catch (...) {
    closing = std::current_exception();
  }
  self->idle_.clear();
  self->watched_ = false;
  if (closing) std::rethrow_exception(closing);
}

asio::awaitable<void> HttpPool::watch() {
  while (!idle_.empty()) {
    co_await timers_.sleep_for(options_.idle_limit / kIdleSteps);
    std::erase_if(idle_, [](Idle& one) { return ++one.steps >= kIdleSteps; });
  }
}

}  // namespace longshore
