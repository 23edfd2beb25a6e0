#include "net/timers.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

namespace longshore {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

TEST(AsioTimersTest, SleepsAtLeastAsLongAsAsked) {
  asio::io_context loop;
  AsioTimers timers;
  bool ended = false;
  const auto begin = std::chrono::steady_clock::now();
  asio::co_spawn(loop, timers.sleep_for(20ms), [&](std::exception_ptr error) { ended = !error; });
  loop.run();
  EXPECT_TRUE(ended);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 20ms);
}

TEST(AsioTimersTest, CancellationEndsTheSleep) {
  asio::io_context loop;
  AsioTimers timers;
  asio::cancellation_signal cancel;
  std::exception_ptr thrown;
  asio::co_spawn(
      loop, timers.sleep_for(24h),
      asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr error) { thrown = error; }));
  asio::post(loop, [&] { cancel.emit(asio::cancellation_type::terminal); });
  loop.run();
  ASSERT_TRUE(thrown);
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& error) {
    EXPECT_EQ(error.code(), asio::error::operation_aborted);
  }
}

}  // namespace
}  // namespace longshore
