#pragma once

// The templates of blocking_pool.h, which includes this file.

#include <future>
#include <memory>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>

namespace longshore {

template <class F>
boost::asio::awaitable<std::invoke_result_t<F>> BlockingPool::run(F work) {
  namespace asio = boost::asio;
  // The task is kept by the caller's frame, which the handler owns: whatever happens to the caller, it lives
  // until the work is done. No cancellation handler is installed, so a cancelled caller waits for the work
  // like any other.
  std::packaged_task<std::invoke_result_t<F>()> task(std::move(work));
  auto result = task.get_future();
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      [this, &task](auto handler) {
        auto executor = asio::get_associated_executor(handler);
        asio::post(pool_, [&task, handler = std::move(handler),
                           work_guard = asio::make_work_guard(executor)]() mutable {
          task();
          asio::post(work_guard.get_executor(), std::move(handler));
        });
      },
      asio::use_awaitable);
  co_return result.get();  // ready: does not block
}

}  // namespace longshore
