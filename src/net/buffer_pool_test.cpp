#include "net/buffer_pool.h"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include "net/memory_shares.h"
#include "net/step_context_test.h"

namespace longshore {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using Buffer = BufferPool::Buffer;
using Reservation = BufferPool::Reservation;

constexpr std::int64_t kOne = BufferPool::kBufferBytes;

TEST(BufferPoolBudgetTest, CountsWholeBuffersAndNeedsTwo) {
  EXPECT_EQ(BufferPool(5 * kOne / 2).budget_bytes(), 2 * kOne);
  EXPECT_THROW(BufferPool(2 * kOne - 1), std::invalid_argument);
  EXPECT_THROW(BufferPool(-1), std::invalid_argument);
}

class BufferPoolTest : public testing::Test {
 protected:
  awaitable<void> acquire(char name) {
    Buffer buffer = co_await pool_->acquire();
    buffers_.push_back(std::move(buffer));
    order_ += name;
  }
  awaitable<void> reserve(char name, std::int64_t bytes) {
    Reservation share = co_await pool_->reserve(bytes);
    order_ += share ? name : '-';
    shares_.push_back(std::move(share));
  }
  awaitable<void> download(char name) {
    auto turn = co_await pool_->download_turn();
    Buffer buffer = co_await pool_->acquire();
    downloads_.emplace_back(std::move(turn), std::move(buffer));
    order_ += name;
  }
  /// Returns the signal that cancels it.
  asio::cancellation_signal& spawn(awaitable<void> work) {
    auto& signal = *signals_.emplace_back(std::make_unique<asio::cancellation_signal>());
    asio::co_spawn(context_.get_executor(), std::move(work),
                   asio::bind_cancellation_slot(signal.slot(), [this](std::exception_ptr error) {
                     if (error) order_ += '!';
                   }));
    context_.run();
    return signal;
  }
  void give_back_one() {
    buffers_.erase(buffers_.begin());
    context_.run();
  }

  StepContext context_;
  std::vector<std::unique_ptr<asio::cancellation_signal>> signals_;
  std::unique_ptr<BufferPool> pool_ = std::make_unique<BufferPool>(4 * kOne);
  std::vector<Buffer> buffers_;
  std::vector<Reservation> shares_;
  std::vector<std::pair<BufferPool::DownloadTurn, Buffer>> downloads_;
  std::string order_;
};

TEST_F(BufferPoolTest, WhatIsSetAsideLeavesReservationsTheirHalf) {
  Reservation aside = pool_->set_aside(kOne);
  EXPECT_TRUE(aside);
  EXPECT_EQ(pool_->in_use_bytes(), kOne);
  spawn(reserve('r', 2 * kOne));
  EXPECT_EQ(order_, "r");
  EXPECT_FALSE(pool_->set_aside(2 * kOne));
  shares_.clear();
  aside = {};
  EXPECT_EQ(pool_->in_use_bytes(), 0);
}

TEST_F(BufferPoolTest, WhateverElseIsInUseAQuarterIsForUploads) {
  for (std::int64_t buffers = 32; buffers < 100; ++buffers) {
    shares_.clear();
    downloads_.clear();
    order_.clear();
    pool_ = std::make_unique<BufferPool>(buffers * kOne);
    const Reservation small = pool_->set_aside(
        memory_shares::of(pool_->budget_bytes(), memory_shares::kSmallMessages));
    EXPECT_TRUE(small);
    spawn(reserve('r', pool_->reservable_bytes()));
    const auto turns = static_cast<std::size_t>(memory_shares::of(buffers, memory_shares::kDownloads));
    for (std::size_t i = 0; i < turns; ++i) spawn(download('d'));
    EXPECT_EQ(order_, "r" + std::string(turns, 'd'));
    std::vector<Buffer> uploads;
    while (Buffer buffer = pool_->try_acquire()) uploads.push_back(std::move(buffer));
    EXPECT_GE(std::ssize(uploads), buffers / 4) << buffers;
  }
}

TEST_F(BufferPoolTest, TryAcquireNeverWaits) {
  pool_ = std::make_unique<BufferPool>(2 * kOne);
  Buffer first = pool_->try_acquire();
  EXPECT_EQ(first.bytes().size(), static_cast<std::size_t>(kOne));
  Buffer second = pool_->try_acquire();
  EXPECT_TRUE(second);
  EXPECT_FALSE(pool_->try_acquire());
  second = {};
  EXPECT_TRUE(pool_->try_acquire());
}

TEST_F(BufferPoolTest, BuffersAreWritableAndCounted) {
  spawn(acquire('a'));
  EXPECT_EQ(pool_->in_use_bytes(), kOne);
  const MutableBytes bytes = buffers_.front().bytes();
  ASSERT_EQ(bytes.size(), BufferPool::kBufferBytes);
  std::fill(bytes.begin(), bytes.end(), std::byte{0x5A});
  Buffer moved = std::move(buffers_.front());
  EXPECT_EQ(moved.bytes().data(), bytes.data());
  EXPECT_FALSE(buffers_.front());
  EXPECT_TRUE(buffers_.front().bytes().empty());
  moved = Buffer{};
  EXPECT_EQ(pool_->in_use_bytes(), 0);
}

TEST_F(BufferPoolTest, WaitersAreServedInOrder) {
  for (const char name : {'a', 'b', 'c', 'd', 'e', 'f', 'g'}) spawn(acquire(name));
  EXPECT_EQ(order_, "abcd");
  EXPECT_EQ(pool_->in_use_bytes(), 4 * kOne);
  give_back_one();
  EXPECT_EQ(order_, "abcde");
  give_back_one();
  give_back_one();
  EXPECT_EQ(order_, "abcdefg");
  EXPECT_EQ(pool_->in_use_bytes(), 4 * kOne);
}

TEST_F(BufferPoolTest, AReservationIsNotOvertakenBySmallerWishes) {
  for (const char name : {'a', 'b', 'c', 'd'}) spawn(acquire(name));
  spawn(reserve('R', 2 * kOne));
  spawn(acquire('e'));
  give_back_one();
  EXPECT_EQ(order_, "abcd");  // one is free, but it is R's turn
  give_back_one();
  EXPECT_EQ(order_, "abcdR");
  give_back_one();
  EXPECT_EQ(order_, "abcdRe");
}

TEST_F(BufferPoolTest, WhoHoldsAReservationGetsItsSingleBuffer) {
  spawn(reserve('R', kOne));
  spawn(reserve('S', kOne));
  spawn(reserve('T', kOne));  // waits: half is for single buffers alone
  EXPECT_EQ(order_, "RS");
  spawn(acquire('r'));
  spawn(acquire('s'));
  EXPECT_EQ(order_, "RSrs");  // they read their sockets, though T came first
  spawn(acquire('x'));
  EXPECT_EQ(order_, "RSrs");
  give_back_one();
  EXPECT_EQ(order_, "RSrsx");
  shares_.clear();
  context_.run();
  EXPECT_EQ(order_, "RSrsxT");
}

TEST_F(BufferPoolTest, SingleBuffersLeaveRoomForAReservationThatWaits) {
  for (const char name : {'a', 'b', 'c'}) spawn(acquire(name));
  spawn(reserve('R', 2 * kOne));
  spawn(acquire('d'));  // one is free, but singles have more than their quarter
  EXPECT_EQ(order_, "abc");
  give_back_one();
  EXPECT_EQ(order_, "abcR");
  give_back_one();
  EXPECT_EQ(order_, "abcRd");
}

TEST_F(BufferPoolTest, DownloadsLeaveRoomForWhatComesIn) {
  pool_ = std::make_unique<BufferPool>(16 * kOne);
  for (const char name : {'1', '2', '3'}) spawn(download(name));
  EXPECT_EQ(order_, "12") << "two sixteenths";
  EXPECT_EQ(pool_->in_use_bytes(), 2 * kOne) << "who waits for a turn holds nothing";
  spawn(reserve('R', 8 * kOne));
  spawn(reserve('S', 8 * kOne));
  for (const char name : {'a', 'b', 'c', 'd', 'e', 'f', 'g'}) spawn(acquire(name));
  EXPECT_EQ(order_, "12Rabcdef") << "all that is no reservation's, though S waits";
  downloads_.erase(downloads_.begin());
  context_.run();
  EXPECT_EQ(order_, "12Rabcdefg");
  give_back_one();
  EXPECT_EQ(order_, "12Rabcdefg3") << "first come first served";
}

TEST_F(BufferPoolTest, ADownloadThatIsCancelledWhileItWaitsLeavesTheQueue) {
  spawn(download('1'));
  auto& cancel = spawn(download('2'));
  spawn(download('3'));
  cancel.emit(asio::cancellation_type::terminal);
  context_.run();
  EXPECT_EQ(order_, "1!");
  downloads_.clear();
  context_.run();
  EXPECT_EQ(order_, "1!3");
}

TEST_F(BufferPoolTest, AReservationGivesItsShareAndNoMore) {
  spawn(reserve('R', kOne + 1));
  EXPECT_EQ(pool_->in_use_bytes(), 2 * kOne);
  Buffer first = shares_.front().take();
  Buffer second = shares_.front().take();
  EXPECT_THROW((void)shares_.front().take(), std::logic_error);
  EXPECT_NE(first.bytes().data(), second.bytes().data());
  first = Buffer{};
  EXPECT_EQ(pool_->in_use_bytes(), kOne);
  EXPECT_THROW((void)shares_.front().take(), std::logic_error);
  shares_.clear();
  EXPECT_EQ(pool_->in_use_bytes(), kOne);  // what was taken stays taken
}

TEST_F(BufferPoolTest, AnUnusedShareIsGivenBack) {
  spawn(reserve('R', 2 * kOne));
  {
    const Buffer taken = shares_.front().take();
  }
  Reservation moved = std::move(shares_.front());
  EXPECT_FALSE(shares_.front());
  EXPECT_EQ(pool_->in_use_bytes(), kOne);
  moved = Reservation{};
  EXPECT_EQ(pool_->in_use_bytes(), 0);
}

TEST_F(BufferPoolTest, AboveHalfOfTheBudgetIsRefusedAtOnce) {
  spawn(reserve('R', 2 * kOne + 1));
  EXPECT_EQ(order_, "-");
  EXPECT_EQ(pool_->in_use_bytes(), 0);
  spawn(reserve('0', 0));
  EXPECT_EQ(order_, "-0");
  spawn(reserve('N', -1));
  EXPECT_EQ(order_, "-0!");
}

TEST_F(BufferPoolTest, ACancelledWaiterLeavesTheQueue) {
  for (const char name : {'a', 'b', 'c', 'd'}) spawn(acquire(name));
  auto& cancel = spawn(acquire('x'));
  spawn(acquire('e'));
  cancel.emit(asio::cancellation_type::terminal);
  context_.run();
  EXPECT_EQ(order_, "abcd!");
  give_back_one();
  EXPECT_EQ(order_, "abcd!e");
}

TEST_F(BufferPoolTest, WhenALargeWishIsCancelledTheSmallOnesBehindItGoOn) {
  for (const char name : {'a', 'b', 'c'}) spawn(acquire(name));
  auto& cancel = spawn(reserve('R', 2 * kOne));
  spawn(acquire('d'));
  EXPECT_EQ(order_, "abc");
  cancel.emit(asio::cancellation_type::terminal);
  context_.run();
  EXPECT_EQ(order_, "abcd!");
}

TEST_F(BufferPoolTest, AShareThatWasGrantedToADroppedCoroutineComesBack) {
  auto other = std::make_unique<StepContext>();
  for (const char name : {'a', 'b', 'c', 'd'}) spawn(acquire(name));
  asio::co_spawn(other->get_executor(), acquire('x'), [](std::exception_ptr) {});
  other->run();
  buffers_.erase(buffers_.begin());  // granted: posted to the other context, which never runs again
  EXPECT_EQ(pool_->in_use_bytes(), 4 * kOne);
  other.reset();
  EXPECT_EQ(pool_->in_use_bytes(), 3 * kOne);
  EXPECT_EQ(order_, "abcd");
}

TEST_F(BufferPoolTest, BuffersOutliveThePoolAndWaitersDoNotHoldIt) {
  for (const char name : {'a', 'b', 'c', 'd', 'w'}) spawn(acquire(name));
  pool_.reset();
  context_.run();
  std::fill_n(buffers_.front().bytes().data(), kOne, std::byte{1});
  buffers_.clear();
  EXPECT_EQ(order_, "abcd");
}

/// Address space of this process: unlike resident memory the same under the sanitizers.
std::int64_t mapped_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t pages = 0;
  statm >> pages;
  return pages * 4096;
}

TEST(BufferPoolMemoryTest, AnIdlePoolIsSmall) {
  constexpr std::int64_t kBudget = 128 * 1024 * 1024;
  BufferPool pool(kBudget);
  StepContext context;
  const std::int64_t before = mapped_bytes();
  std::vector<Buffer> held;
  asio::co_spawn(context.get_executor(), pool.reserve(kBudget / 2),
                 [&](std::exception_ptr, Reservation share) {
                   for (std::int64_t i = 0; i < kBudget / 2 / kOne; ++i) {
                     held.push_back(share.take());
                     std::fill_n(held.back().bytes().data(), kOne, std::byte{1});
                   }
                 });
  context.run();
  constexpr std::int64_t kOfOthers = 1024 * 1024;  // what the allocator gives back meanwhile
  EXPECT_GE(mapped_bytes() - before, kBudget / 2 - kOfOthers);
  held.clear();
  pool.trim();  // until here they were needed
  pool.trim();
  EXPECT_LT(mapped_bytes() - before, 16 * 1024 * 1024);
}

awaitable<void> use_some(BufferPool& pool, int rounds, std::atomic<int>& served) {
  for (int i = 0; i < rounds; ++i) {
    Reservation share = co_await pool.reserve(kOne * (1 + i % 2));
    Buffer held = share.take();
    Buffer read_into = co_await pool.acquire();
    held.bytes()[0] = read_into.bytes()[0] = std::byte{1};
    ++served;
    co_await asio::post(asio::use_awaitable);
  }
}

TEST(BufferPoolThreadsTest, ManyThreadsAndAllAreServed) {
  constexpr int kLoops = 3;
  constexpr int kEach = 8;
  constexpr int kRounds = 100;
  BufferPool pool(4 * kOne);
  std::atomic<int> served{0};
  std::atomic<int> errors{0};
  std::vector<std::unique_ptr<asio::io_context>> loops;
  for (int l = 0; l < kLoops; ++l) {
    auto& loop = *loops.emplace_back(std::make_unique<asio::io_context>(1));
    for (int i = 0; i < kEach; ++i) {
      asio::co_spawn(loop, use_some(pool, kRounds, served),
                     [&](std::exception_ptr error) { errors += error ? 1 : 0; });
    }
  }
  std::vector<std::thread> threads;
  for (auto& loop : loops) threads.emplace_back([&loop] { loop->run(); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(served, kLoops * kEach * kRounds);
  EXPECT_EQ(errors, 0);
  EXPECT_EQ(pool.in_use_bytes(), 0);
}

awaitable<void> hold_until_cancelled(BufferPool& pool, std::atomic<int>& ended) {
  for (;;) {
    std::exception_ptr cancelled;
    try {
      const Buffer buffer = co_await pool.acquire();
      co_await asio::post(asio::use_awaitable);
    } catch (const boost::system::system_error&) {
      cancelled = std::current_exception();
    }
    if (cancelled) break;
  }
  ++ended;
}

TEST(BufferPoolThreadsTest, CancellationMeetsGrantsFromOtherThreads) {
  BufferPool pool(2 * kOne);
  std::atomic<int> ended{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      asio::io_context loop(1);
      std::vector<std::unique_ptr<asio::cancellation_signal>> signals;
      for (int i = 0; i < 20; ++i) {
        auto& signal = *signals.emplace_back(std::make_unique<asio::cancellation_signal>());
        asio::co_spawn(loop, hold_until_cancelled(pool, ended),
                       asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr) {}));
      }
      for (auto& signal : signals) {
        for (int i = 0; i < 50; ++i) loop.poll_one();
        signal->emit(asio::cancellation_type::terminal);
      }
      loop.run();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(ended, 60);
  EXPECT_EQ(pool.in_use_bytes(), 0);
}

}  // namespace
}  // namespace longshore
