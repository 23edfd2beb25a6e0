#include "postgres/bell.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "postgres/fixture_test.h"

namespace longshore::postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class PostgresBell : public WithPostgres {
 protected:
  struct Server {
    explicit Server(PostgresBell& test)
        : bell(test.options(), test.schema, test.watchdog_, test.random_, Log::none(), [this] { ++heard; }) {}
    std::atomic<int> heard = 0;
    Bell bell;
  };
  /// How long it took.
  static milliseconds wait_until_more(const std::atomic<int>& heard, int than) {
    const auto begun = steady_clock::now();
    while (heard <= than && steady_clock::now() - begun < std::chrono::seconds{20})
      await(AsioTimers().sleep_for(Millis{1}));
    EXPECT_GT(heard, than);
    return std::chrono::duration_cast<milliseconds>(steady_clock::now() - begun);
  }
};

TEST_F(PostgresBell, EveryServerHearsWithinMilliseconds) {
  Server a(*this);
  Server b(*this);
  wait_until_more(a.heard, 0);
  wait_until_more(b.heard, 0);
  milliseconds fastest{1000};
  for (int i = 0; i < 10; ++i) {
    const int before_a = a.heard;
    const int before_b = b.heard;
    a.bell.ring();
    fastest = std::min(fastest, wait_until_more(b.heard, before_b));
    wait_until_more(a.heard, before_a);
  }
  EXPECT_LT(fastest, milliseconds{50});
}

TEST_F(PostgresBell, ListensAgainAfterALostConnection) {
  Server a(*this);
  wait_until_more(a.heard, 0);
  const int before = a.heard;
  the_postgres().tell("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'uploads'");
  wait_until_more(a.heard, before);  // it says so by itself: something may have been missed
  const int again = a.heard;
  a.bell.ring();
  wait_until_more(a.heard, again);
}

TEST_F(PostgresBell, EndsThoughThereIsNoServer) {
  Options nowhere = options();
  nowhere.url = "postgresql://uploads@127.0.0.1:1/uploads";
  const auto begun = steady_clock::now();
  {
    Bell bell(nowhere, schema, watchdog_, random_, Log::none(), [] {});
    bell.ring();
  }
  EXPECT_LT(steady_clock::now() - begun, std::chrono::seconds{5});
}

}  // namespace
}  // namespace longshore::postgres
