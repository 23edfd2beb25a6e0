#include "net/http_pool.h"

#include <algorithm>
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
  pace_ = other.pace_;
  return *this;
}

void HttpPool::Lease::give_back() { end(std::move(connection)); }

void HttpPool::Lease::end(std::unique_ptr<HttpConnection> reusable) {
  connection.reset();
  if (const auto pool = std::exchange(pool_, nullptr)) pool->take_back(pace_, std::move(reusable));
}

bool HttpPool::has_place_for(HttpPace pace) const {
  const std::size_t all = options_.connections_max;
  if (leased() >= all) return false;
  if (pace == HttpPace::quick) return true;
  const auto [quick, working, slow] = leases_;
  const std::size_t for_quick = std::min(options_.for_quick_max, all - 1);
  if (working + slow >= all - (for_quick + 1) / 2) return false;
  return pace == HttpPace::working || slow < all - for_quick;
}

HttpPool::Lease HttpPool::lease_now(HttpPace pace) {
  ++leased(pace);
  return {shared_from_this(), pace};
}

asio::awaitable<HttpPool::Lease> HttpPool::acquire(HttpPace pace, Millis limit) {
  const bool has_place = has_place_for(pace);
  while (has_place && !idle_.empty()) {
    auto connection = std::move(idle_.back().connection);
    idle_.pop_back();
    if (!connection->is_clean()) continue;
    Lease lease = lease_now(pace);
    lease.connection = std::move(connection);
    co_return lease;
  }
  if (has_place) co_return lease_now(pace);

  Lease lease;
  co_await ends_within(timers_, limit, wait_for_place(pace, lease));
  co_return lease;
}

asio::awaitable<void> HttpPool::wait_for_place(HttpPace pace, Lease& out) {
  const std::uint64_t id = ++next_waiter_;
  out = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code, Lease)>(
      [this, id, pace](auto handler) {
        Waiter<Lease> waiter(std::move(handler));
        waiter.on_cancel([this, id] {
          auto cancelled = waiters_.extract(id);
          if (cancelled) std::move(cancelled.mapped().waiter).wake(asio::error::operation_aborted, {});
        });
        waiters_.emplace(id, Waiting{std::move(waiter), pace});
      },
      asio::use_awaitable);
}

void HttpPool::take_back(HttpPace pace, std::unique_ptr<HttpConnection> reusable) {
  --leased(pace);
  const auto next = std::ranges::find_if(
      waiters_, [this](const auto& waiting) { return has_place_for(waiting.second.pace); });
  if (next == waiters_.end()) {
    if (reusable) keep(std::move(reusable));
    return;
  }
  auto first = waiters_.extract(next);
  Lease lease = lease_now(first.mapped().pace);
  lease.connection = std::move(reusable);
  std::move(first.mapped().waiter).wake({}, std::move(lease));
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
