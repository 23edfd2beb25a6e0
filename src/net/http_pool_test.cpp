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
