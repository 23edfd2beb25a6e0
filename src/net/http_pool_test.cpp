#include "net/http_pool.h"

#include <algorithm>
#include <atomic>

#include <gtest/gtest.h>

#include "net/http_client_fixture_test.h"

namespace longshore {
namespace {

using fakes::answer_each;
using fakes::ok;
using fakes::Peer;
using fakes::ScriptedServer;
using fakes::SeenRequest;
using namespace std::chrono_literals;

/// The pool, as the requests of a client see it.
class HttpPoolTest : public HttpClientFixture {
 protected:
  /// Any number of requests together; order_ tells in which order they were answered.
  Task<void> ask_at_once(const ScriptedServer& server, int count) {
    std::vector<std::future<void>> done;
    for (int number = 0; number < count; ++number) done.push_back(spawn(ask_numbered(get(server), number)));
    while (order_.size() < done.size()) co_await timers_.sleep_for(1ms);
    for (auto& one : done) one.get();
  }
  Task<void> ask_numbered(HttpRequest request, int number) {
    EXPECT_EQ((co_await outcome_of(std::move(request))).status, 200);
    order_.push_back(number);
  }

  /// Four requests of that pace, which are answered when it is over, and three quick ones meanwhile; of the
  /// four `places` find a connection at once.
  Task<void> ask_in_between(const ScriptedServer& server, HttpPace pace, int places, std::atomic<int>& held,
                            std::promise<void>& over) {
    for (int number = 0; number < 4; ++number) {
      HttpRequest request = get(server, "/held");
      request.pace = pace;
      spawn(ask_numbered(std::move(request), number));
    }
    while (held < places) co_await timers_.sleep_for(1ms);
    for (int number = 10; number < 13; ++number) co_await ask_numbered(get(server), number);
    EXPECT_EQ(held, places);
    over.set_value();
    while (order_.size() < 7) co_await timers_.sleep_for(1ms);
  }

  void expect_places(HttpPace pace, int places) {
    std::atomic<int> held = 0;
    std::promise<void> over;
    const std::shared_future<void> is_over = over.get_future().share();
    ScriptedServer server({answer_each([&](const SeenRequest& seen) {
      if (seen.line().starts_with("GET /held")) {
        ++held;
        is_over.wait();
      }
      return ok();
    })});
    run(ask_in_between(server, pace, places, held, over));
    EXPECT_EQ(std::vector(order_.begin(), order_.begin() + 3), (std::vector{10, 11, 12}));
    EXPECT_EQ(held, 4);
  }

  std::vector<int> order_;
};

TEST_F(HttpPoolTest, NoMoreConnectionsThanAllowed) {
  options_.connections_max = 2;
  std::atomic<int> open = 0;
  std::atomic<int> most = 0;
  ScriptedServer server({[&](Peer& peer) {
    most = std::max(most.load(), ++open);
    answer_each([](const SeenRequest& seen) { return ok(seen.line()); })(peer);
    --open;
  }});
  run(ask_at_once(server, 20));
  EXPECT_EQ(most, 2);
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpPoolTest, WhoWaitsForAConnectionIsServedInTurn) {
  options_.connections_max = 1;
  ScriptedServer server({answer_each([](const SeenRequest&) { return ok(); })});
  run(ask_at_once(server, 20));
  EXPECT_TRUE(std::ranges::is_sorted(order_));
}

TEST_F(HttpPoolTest, SlowRequestsLeaveConnectionsForOthers) {
  options_.connections_max = 4;
  options_.for_quick_max = 2;
  expect_places(HttpPace::slow, 2);
}

TEST_F(HttpPoolTest, WorkingRequestsLeaveConnectionsForQuickOnes) {
  options_.connections_max = 4;
  options_.for_quick_max = 2;
  expect_places(HttpPace::working, 3);
}

TEST_F(HttpPoolTest, OneConnectionIsForAll) {
  options_.connections_max = 1;
  options_.for_quick_max = 5;
  ScriptedServer server({answer_each([](const SeenRequest&) { return ok(); })});
  HttpRequest request = get(server);
  request.pace = HttpPace::slow;
  EXPECT_EQ(ask(std::move(request)).status, 200);
}

TEST_F(HttpPoolTest, AWaiterGivesUpInTime) {
  options_.connections_max = 1;
  std::promise<void> asked_in_vain;
  ScriptedServer server({[&](Peer& peer) {
    peer.read_request();
    asked_in_vain.get_future().wait();
    peer.send(ok("late"));
    peer.wait_for_close();
  }});
  const auto two = [&](HttpRequest slow, HttpRequest hasty) -> Task<void> {
    auto first = spawn(outcome_of(std::move(slow)));
    hasty.timeouts.place = 50ms;
    const Outcome out = co_await outcome_of(std::move(hasty));
    EXPECT_EQ(out.failure, HttpFailure::busy);
    EXPECT_EQ(out.sent, HttpError::Sent::nothing);
    asked_in_vain.set_value();
    while (first.wait_for(0s) != std::future_status::ready) co_await timers_.sleep_for(1ms);
    EXPECT_EQ(first.get().body, "late");
  };
  run(two(get(server), get(server)));
}

TEST_F(HttpPoolTest, IdleConnectionsAreClosed) {
  options_.idle_limit = 100ms;
  std::atomic<bool> closed = false;
  ScriptedServer server({[&](Peer& peer) {
    peer.read_request();
    peer.send(ok());
    closed = peer.wait_for_close();
  }});
  const auto ask_and_wait = [&](HttpRequest request) -> Task<void> {
    EXPECT_EQ((co_await outcome_of(std::move(request))).status, 200);
    for (int i = 0; i < 1000 && !closed; ++i) co_await timers_.sleep_for(10ms);
    EXPECT_TRUE(closed);
  };
  run(ask_and_wait(get(server)));
}

TEST_F(HttpPoolTest, AClosedClientKeepsNoConnections) {
  ScriptedServer server({answer_each([](const SeenRequest&) { return ok(); })});
  const auto ask_and_close = [this](std::vector<HttpRequest> requests) -> Task<void> {
    for (HttpRequest& request : requests) {
      EXPECT_EQ((co_await outcome_of(std::move(request))).status, 200);
      co_await client().close();
    }
  };
  run(ask_and_close({get(server), get(server), get(server)}));
  EXPECT_EQ(server.connections(), 3);
}

}  // namespace
}  // namespace longshore
