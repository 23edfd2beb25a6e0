#include "net/blocking_pool.h"

#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

namespace longshore {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

awaitable<void> check_threads(BlockingPool& pool, bool& done) {
  const auto caller = std::this_thread::get_id();
  const auto worker = co_await pool.run([] { return std::this_thread::get_id(); });
  EXPECT_NE(worker, caller);
  EXPECT_EQ(std::this_thread::get_id(), caller);
  done = true;
}

TEST(BlockingPoolTest, RunsElsewhereAndResumesHere) {
  BlockingPool pool(2);
  asio::io_context loop;
  bool done = false;
  asio::co_spawn(loop, check_threads(pool, done), rethrow);
  loop.run();
  EXPECT_TRUE(done);
  pool.join();
}

struct NoDefault {
  explicit NoDefault(int v) : value(v) {}
  int value;
};

awaitable<void> check_results(BlockingPool& pool, bool& done) {
  auto moved = std::make_unique<int>(41);
  auto owner = co_await pool.run([moved = std::move(moved)]() mutable {
    ++*moved;
    return std::move(moved);
  });
  EXPECT_EQ(*owner, 42);
  const NoDefault result = co_await pool.run([] { return NoDefault(7); });
  EXPECT_EQ(result.value, 7);
  bool ran = false;
  co_await pool.run([&ran] { ran = true; });
  EXPECT_TRUE(ran);
  done = true;
}

TEST(BlockingPoolTest, ResultsMayBeMoveOnlyWithoutDefaultOrNothing) {
  BlockingPool pool(1);
  asio::io_context loop;
  bool done = false;
  asio::co_spawn(loop, check_results(pool, done), rethrow);
  loop.run();
  EXPECT_TRUE(done);
  pool.join();
}

awaitable<void> throw_in_pool(BlockingPool& pool) {
  co_await pool.run([]() -> int { throw std::out_of_range("from the pool"); });
}

TEST(BlockingPoolTest, ExceptionsTravel) {
  BlockingPool pool(1);
  asio::io_context loop;
  asio::co_spawn(loop, throw_in_pool(pool), rethrow);
  EXPECT_THROW(loop.run(), std::out_of_range);
  pool.join();
}

awaitable<int> sum_in_pool(BlockingPool& pool, int rounds) {
  int sum = 0;
  for (int i = 0; i < rounds; ++i) sum += co_await pool.run([i] { return i; });
  co_return sum;
}

TEST(BlockingPoolTest, ManyAtOnce) {
  BlockingPool pool(3);
  asio::io_context loop;
  int total = 0;
  for (int i = 0; i < 50; ++i) {
    asio::co_spawn(loop, sum_in_pool(pool, 20), [&](std::exception_ptr error, int sum) {
      rethrow(error);
      total += sum;
    });
  }
  loop.run();
  EXPECT_EQ(total, 50 * 190);
  pool.join();
}

awaitable<int> wait_in_pool(BlockingPool& pool, std::shared_future<void> release,
                            std::atomic<bool>& started) {
  co_return co_await pool.run([release, &started] {
    started = true;
    release.wait();
    return 5;
  });
}

TEST(BlockingPoolTest, StartedWorkEndsThoughTheCallerIsCancelled) {
  BlockingPool pool(1);
  asio::io_context loop;
  asio::cancellation_signal cancel;
  std::promise<void> release;
  std::atomic<bool> started{false};
  int result = 0;
  asio::co_spawn(loop, wait_in_pool(pool, release.get_future().share(), started),
                 asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr error, int value) {
                   rethrow(error);
                   result = value;
                 }));
  while (!started) loop.poll();
  cancel.emit(asio::cancellation_type::terminal);
  loop.poll();
  EXPECT_EQ(result, 0);
  release.set_value();
  loop.run();
  EXPECT_EQ(result, 5);
  pool.join();
}

}  // namespace
}  // namespace longshore
