#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace longshore {

/// Threads for work that blocks: files, SQL, big hashes. The loop awaits their results; exceptions travel
/// along.
class BlockingPool {
 public:
  explicit BlockingPool(std::size_t threads) : pool_(threads) {}

  /// Runs `work()` on a thread of the pool and resumes the caller on its own executor with the result. Once
  /// started it always runs to its end, even if the caller is cancelled meanwhile: what `work` refers to must
  /// outlive it (own it by value).
  template <class F>
  boost::asio::awaitable<std::invoke_result_t<F>> run(F work);

  /// Runs `work()` on a thread of the pool, for nobody in particular: it must not throw.
  template <class F>
  void post(F work) {
    boost::asio::post(pool_, std::move(work));
  }

  /// Waits for all work; called once, at shutdown.
  void join() { pool_.join(); }

 private:
  boost::asio::thread_pool pool_;
};

}  // namespace longshore

#include "net/blocking_pool_impl.h"
