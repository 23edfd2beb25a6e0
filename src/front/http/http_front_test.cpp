#include "front/http/http_front.h"

#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "front/http/http_fixture_test.h"

namespace longshore::http {
namespace {

TEST(HttpFront, DrainLetsPartsFinishAndRefusesNewRequests) {
  TestServer server;
  const std::string upload = server.open_upload();
  RawClient sending(server.port());
  sending.send(request_text("PUT", "/v1/uploads/" + upload + "/parts/0", "hel", {"Content-Length: 5"}));
  RawClient idle(server.port());
  idle.send(request_text("GET", "/healthz", "", {}));
  EXPECT_EQ(idle.receive().status, 200);
  ASSERT_TRUE(server.becomes([&server] { return server.client_limits.in_flight() == 1; }));

  std::future<void> drained = server.drain(std::chrono::seconds(30));
  Answer refused = server.request("GET", "/v1/uploads");
  while (refused.status == 200) refused = server.request("GET", "/v1/uploads");  // until the drain has begun
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.text("reason"), "DRAINING");
  EXPECT_EQ(refused.field("connection"), "close");
  EXPECT_FALSE(refused.field("retry-after").empty());
  EXPECT_EQ(server.request("GET", "/healthz").status, 200);
  EXPECT_EQ(server.request("GET", "/readyz").status, 503);
  EXPECT_EQ(drained.wait_for(std::chrono::seconds(0)), std::future_status::timeout);

  sending.send("lo");
  const Answer stored = sending.receive();
  EXPECT_EQ(stored.status, 200);
  EXPECT_EQ(stored.field("connection"), "close");
  sending.end_sending();
  EXPECT_EQ(drained.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_TRUE(idle.is_closed());
}

TEST(HttpFront, DrainLeavesTheLastAnswerTimeToArrive) {
  TestServer server;
  RawClient client(server.port());
  client.send(request_text("PUT", "/v1/uploads/unknown-1/parts/0", std::string(1 << 20, 'x'),
                           {"Content-Length: 9999999"}));
  ASSERT_TRUE(server.becomes([&server] {  // answered early: it reads on, so that the answer is not lost
    return server.metrics.exposition().find("status=\"404\"} 1") != std::string::npos;
  }));
  EXPECT_EQ(server.client_limits.in_flight(), 1);
  std::future<void> drained = server.drain(std::chrono::seconds(30));
  client.send(std::string(1 << 20, 'x'));
  EXPECT_EQ(client.receive().status, 404);
  client.end_sending();
  EXPECT_EQ(drained.wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST(HttpFront, DrainTellsWatchersWhatItLetFinish) {
  TestServer server;
  const std::string upload = server.open_upload();
  RawClient watcher(server.port());
  watcher.send(request_text("GET", "/v1/uploads/" + upload + "/progress", "", {}));
  std::string seen;
  while (seen.find("event: progress") == std::string::npos) seen += watcher.receive_some();
  RawClient sending(server.port());
  sending.send(
      request_text("PUT", "/v1/uploads/" + upload + "/parts/0?last=true", "hel", {"Content-Length: 5"}));
  ASSERT_TRUE(server.becomes([&server] { return server.client_limits.in_flight() == 1; }));

  std::future<void> drained = server.drain(std::chrono::seconds(30));
  sending.send("lo");
  EXPECT_EQ(sending.receive().status, 200);
  sending.end_sending();
  seen = watcher.receive_all();
  watcher.end_sending();
  EXPECT_NE(seen.find("event: end\ndata: "), std::string::npos) << seen;
  EXPECT_NE(seen.find("\"state\":\"COMPLETED\""), std::string::npos) << seen;
  EXPECT_EQ(drained.wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST(HttpFront, ALineTellsWhatIsNotTheClientsFault) {
  TestServer server;
  const auto detail_of = [&server](const std::string& id) {
    const std::string log = server.log_text();
    const std::size_t detail = log.find("detail=", log.rfind("request_id=" + id));
    return log.substr(detail, log.find(" trace_id=", detail) - detail);
  };
  server.request("GET", "/v1/uploads/none", "", {"x-request-id: unknown"});
  EXPECT_EQ(detail_of("unknown"), "detail=-");
  RawClient sending(server.port());
  sending.send(
      request_text("PUT", "/v1/uploads/" + server.open_upload() + "/parts/0", "hel", {"Content-Length: 5"}));
  ASSERT_TRUE(server.becomes([&server] { return server.client_limits.in_flight() == 1; }));
  std::future<void> drained = server.drain(std::chrono::seconds(30));
  Answer refused;
  while (refused.status != 503) refused = server.request("GET", "/v1/uploads", "", {"x-request-id: late"});
  EXPECT_NE(detail_of("late").find(refused.text("detail")), std::string::npos) << detail_of("late");
  sending.send("lo");
}

TEST(HttpFront, DrainEndsWhatIsLeftWhenItsTimeIsOver) {
  TestServer server;
  const std::string upload = server.open_upload();
  RawClient stuck(server.port());
  stuck.send(request_text("PUT", "/v1/uploads/" + upload + "/parts/0", "hel",
                          {"Content-Length: 5", "x-request-id: stuck"}));
  ASSERT_TRUE(server.becomes([&server] { return server.client_limits.in_flight() == 1; }));
  std::future<void> drained = server.drain(Millis{100});
  EXPECT_EQ(drained.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_TRUE(stuck.is_closed());
  const std::string log = server.log_text();
  const std::size_t line = log.find("request_id=stuck");
  ASSERT_NE(line, std::string::npos) << log;
  EXPECT_NE(log.substr(line, log.find('\n', line) - line).find("status=503 reason=DRAINING"),
            std::string::npos);
  EXPECT_EQ(server.on_loop([&server] { return server.body_bytes(); }), 0);
}

TEST(HttpFront, DrainEndsProgressStreams) {
  TestServer server;
  const std::string upload = server.open_upload();
  RawClient watcher(server.port());
  watcher.send(request_text("GET", "/v1/uploads/" + upload + "/progress", "", {}));
  std::string seen;
  while (seen.find("event: progress") == std::string::npos) seen += watcher.receive_some();
  std::future<void> drained = server.drain(std::chrono::seconds(30));
  seen += watcher.receive_all();
  watcher.end_sending();
  EXPECT_TRUE(seen.ends_with("\n\n")) << "after a whole event: " << seen;
  EXPECT_EQ(seen.find("event: end"), std::string::npos) << "the upload goes on elsewhere";
  EXPECT_EQ(drained.wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST(HttpFront, AllItsListenersTogetherLeaveConnectionsToOtherFronts) {
  ServerOptions options;
  options.client_limits.connections_max = 8;
  TestServer server(options);
  const std::uint16_t second = server.listen(Surface::clients);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (std::uint8_t host = 1; host <= 6; ++host) {
    clients.push_back(RawClient::from(host, host % 2 == 0 ? second : server.port()));
    clients.back()->send(request_text("GET", "/healthz", "", {}));
    EXPECT_EQ(clients.back()->receive().status, 200);
  }
  EXPECT_TRUE(RawClient::from(7, second)->is_closed());
  EXPECT_TRUE(server.client_limits.connections_of_front()->take(boost::asio::ip::make_address("127.0.0.7")));
}

TEST(HttpFront, ConnectionsOfOneAddressAreCapped) {
  ServerOptions options;
  options.client_limits.connections_max = 8;  // a quarter of them for one address
  TestServer server(options);
  RawClient one(server.port());
  RawClient two(server.port());
  for (RawClient* client : {&one, &two}) {
    client->send(request_text("GET", "/healthz", "", {}));
    EXPECT_EQ(client->receive().status, 200);
  }
  RawClient third(server.port());
  EXPECT_TRUE(third.is_closed());
  one.send(request_text("GET", "/healthz", "", {}));
  EXPECT_EQ(one.receive().status, 200);
}

}  // namespace
}  // namespace longshore::http
