#include "net/shared_run.h"

#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace longshore {

namespace asio = boost::asio;
using asio::awaitable;

bool SharedRun::start(asio::any_io_executor executor) {
  const std::lock_guard lock(mutex_);
  if (!running_) running_ = gate_.spawn(std::move(executor), run(), nullptr);
  return running_;
}

awaitable<bool> SharedRun::join(std::uint64_t ended_seen) {
  const auto executor = co_await asio::this_coro::executor;
  const auto wait = [this, &executor, ended_seen](auto handler) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t id = ++next_waiter_;
    Waiter<bool> waiter(std::move(handler));
    waiter.on_cancel([this, id] {
      std::unique_lock relock(mutex_);
      auto cancelled = waiters_.extract(id);
      relock.unlock();
      if (cancelled) std::move(cancelled.mapped()).wake(asio::error::operation_aborted, false);
    });
    if (ended_ != ended_seen) {
      std::move(waiter).wake({}, true);
      return;
    }
    if (!running_) running_ = gate_.spawn(executor, run(), nullptr);
    if (running_) {
      waiters_.emplace(id, std::move(waiter));
    } else {
      std::move(waiter).wake({}, false);
    }
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>,
                                          void(boost::system::error_code, bool)>(wait, asio::use_awaitable);
}

awaitable<void> SharedRun::run() {
  try {
    co_await work_();
  } catch (...) {  // the work's own business
  }
  const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
  if (cancelled == asio::cancellation_type::none) wake_all(true);  // else stop() does
}

void SharedRun::wake_all(bool ended) {
  std::unique_lock lock(mutex_);
  running_ = false;
  if (ended) ++ended_;
  auto woken = std::exchange(waiters_, {});
  lock.unlock();
  for (auto& [_, waiter] : woken) std::move(waiter).wake({}, ended);
}

std::uint64_t SharedRun::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

bool SharedRun::is_running() const {
  const std::lock_guard lock(mutex_);
  return running_;
}

awaitable<void> SharedRun::stop() {
  gate_.close();
  gate_.cancel();
  co_await gate_.drained();
  wake_all(false);
}

}  // namespace longshore
