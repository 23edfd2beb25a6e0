#include "apps/longshore/transfer.h"

#include <sstream>

#include <gtest/gtest.h>

#include "apps/longshore/run_awaitable.h"

namespace longshore::cli {
namespace {

using testing::run_awaitable;

struct Streams {
  std::ostringstream out;
  std::ostringstream err;

  Console console(bool is_terminal) {
    return Console({.out = out, .err = err, .err_is_terminal = is_terminal, .err_columns = [] {
                      return std::size_t{80};
                    }});
  }
};

boost::asio::awaitable<void> work_for(Timers& timers, Millis time) { co_await timers.sleep_for(time); }

boost::asio::awaitable<void> failing_work() {
  throw Failure("NOT_FOUND", "nothing there");
  co_return;
}

TEST(Transfer, DrawsABarOnATerminalAndTakesItAway) {
  Streams streams;
  Console console = streams.console(true);
  AsioTimers timers;
  Transfer transfer(console, timers, "film", 100);
  transfer.bytes() = 50;
  run_awaitable(transfer.show_during(work_for(timers, Millis{300})));
  EXPECT_NE(streams.err.str().find("50 %"), std::string::npos) << streams.err.str();
  EXPECT_TRUE(streams.err.str().ends_with("\r\x1b[K"));
  EXPECT_EQ(streams.out.str(), "");
}

TEST(Transfer, TellsOfAWaitOnceInALog) {
  Streams streams;
  Console console = streams.console(false);
  AsioTimers timers;
  Transfer transfer(console, timers, "film", 100);
  const Failure away(reasons::kServerUnreachable, "host: Connection refused", Failure::Cure::later);
  transfer.waits(away);
  transfer.waits(away);
  EXPECT_EQ(streams.err.str(), "film: waiting: host: Connection refused\n");
  transfer.bytes() = 10;  // it went on, and stopped again
  transfer.waits(away);
  EXPECT_EQ(streams.err.str(),
            "film: waiting: host: Connection refused\nfilm: waiting: host: Connection refused\n");
}

TEST(Transfer, MakesNoRateOfWhatWasThere) {
  Streams streams;
  Console console = streams.console(true);
  AsioTimers timers;
  Transfer transfer(console, timers, "film", 100);
  transfer.begin_at(90);
  run_awaitable(transfer.show_during(work_for(timers, Millis{300})));
  EXPECT_NE(streams.err.str().find("90 %  90 B of 100 B  0 B/s"), std::string::npos) << streams.err.str();
}

TEST(Transfer, PassesOnWhatTheWorkThrows) {
  Streams streams;
  Console console = streams.console(false);
  AsioTimers timers;
  Transfer transfer(console, timers, "film", 100);
  EXPECT_THROW(run_awaitable(transfer.show_during(failing_work())), Failure);
}

}  // namespace
}  // namespace longshore::cli
