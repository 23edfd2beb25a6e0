#include "net/shared_run.h"

#include <chrono>
#include <future>
#include <stdexcept>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include "net/timers.h"

namespace longshore {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class SharedRunTest : public testing::Test {
 protected:
  asio::awaitable<void> work() {
    ++begun_;
    while (held_) co_await timers_.sleep_for(1ms);
    if (throws_) throw std::runtime_error("broken");
  }
  std::future<bool> join(std::uint64_t ended_seen) {
    return asio::co_spawn(loop_, run_.join(ended_seen), asio::use_future);
  }
  void run() {
    loop_.restart();
    loop_.run();
  }

  asio::io_context loop_;
  AsioTimers timers_;
  bool held_ = false;
  bool throws_ = false;
  int begun_ = 0;
  SharedRun run_{[this] { return work(); }};
};

TEST_F(SharedRunTest, AnyNumberShareOne) {
  std::vector<std::future<bool>> joined;
  for (int i = 0; i < 10; ++i) joined.push_back(join(0));
  EXPECT_TRUE(run_.start(loop_.get_executor()));
  run();
  for (auto& one : joined) EXPECT_TRUE(one.get());
  EXPECT_EQ(begun_, 1);
  EXPECT_EQ(run_.ended(), 1U);
}

TEST_F(SharedRunTest, WhoHasSeenTheLastOneGetsANewOne) {
  auto first = join(0);
  run();
  auto late = join(0);  // looked before the first one ended
  run();
  EXPECT_TRUE(late.get());
  EXPECT_EQ(begun_, 1);
  auto second = join(1);
  run();
  EXPECT_TRUE(second.get());
  EXPECT_EQ(begun_, 2);
}

TEST_F(SharedRunTest, ARunThatThrowsHasEnded) {
  throws_ = true;
  auto joined = join(0);
  run();
  EXPECT_TRUE(joined.get());
  EXPECT_FALSE(run_.is_running());
}

TEST_F(SharedRunTest, ACancelledOneLeavesItToTheOthers) {
  held_ = true;
  asio::cancellation_signal signal;
  auto impatient = asio::co_spawn(loop_, run_.join(0),
                                  asio::bind_cancellation_slot(signal.slot(), asio::use_future));
  auto patient = join(0);
  while (begun_ == 0) loop_.run_one();
  signal.emit(asio::cancellation_type::terminal);
  while (impatient.wait_for(0s) != std::future_status::ready) loop_.run_one();
  EXPECT_THROW(impatient.get(), boost::system::system_error);
  held_ = false;
  run();
  EXPECT_TRUE(patient.get());
  EXPECT_EQ(begun_, 1);
}

TEST_F(SharedRunTest, StoppedItSendsAwayWhoWaits) {
  held_ = true;
  auto joined = join(0);
  while (begun_ == 0) loop_.run_one();
  auto stopped = asio::co_spawn(loop_, run_.stop(), asio::use_future);
  run();
  stopped.get();
  EXPECT_FALSE(joined.get());
  EXPECT_FALSE(run_.start(loop_.get_executor()));
  auto late = join(0);
  run();
  EXPECT_FALSE(late.get());
  EXPECT_EQ(begun_, 1);
}

}  // namespace
}  // namespace longshore
