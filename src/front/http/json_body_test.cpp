#include "front/http/json_body.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "front/http/http_fixture_test.h"

namespace longshore::http {
namespace {

const std::string kHead =
    "POST /v1/uploads HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";

/// Room for this many large JSON bodies at a time, half of the budget being for reservations.
constexpr std::int64_t kBudget = 24 * MiB;
constexpr int kAtOnce = 2;

const std::string kMoreThanIsPlain = "12000\r\n" + std::string(0x12000, ' ') + "\r\n";

/// An initiate of some 200 KiB.
std::string large_initiate() { return R"({"connectorId":"c","name":"n"})" + std::string(200 * 1024, ' '); }

/// Clients of different addresses that have each sent `begun` of an initiate, and say nothing more.
std::vector<std::unique_ptr<RawClient>> silent(TestServer& server, int clients, const std::string& begun) {
  std::vector<std::unique_ptr<RawClient>> all;
  for (int i = 0; i < clients; ++i) {
    all.push_back(RawClient::from(static_cast<std::uint8_t>(2 + i), server.port()));
    all.back()->send(kHead + begun);
  }
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.in_flight() == clients; }));
  return all;
}

Answer initiate_from(std::uint8_t host, const TestServer& server) {
  const auto client = RawClient::from(host, server.port());
  client->send(request_text("POST", "/v1/uploads", large_initiate(), {"Content-Type: application/json"}));
  return client->receive();
}

std::int64_t in_use(TestServer& server) {
  return server.on_loop([&server] { return server.body_bytes(); });
}

TEST(JsonBody, OfLargeOnesMemoryIsTakenWhenTheyCome) {
  TestServer server(with_budget(kBudget));
  const auto clients = silent(server, 4 * kAtOnce, "5\r\n{    \r\n");
  EXPECT_EQ(in_use(server), 0);
  EXPECT_EQ(server.post_json("/v1/uploads", large_initiate()).status, 201);
  EXPECT_EQ(in_use(server), 0);
}

TEST(JsonBody, WhoFindsTheMemoryTakenHearsItSoon) {
  ServerOptions options;
  options.memory_budget = kBudget;
  options.config.json_memory_wait = Millis{100};
  TestServer server(options);
  auto clients = silent(server, kAtOnce, kMoreThanIsPlain);
  ASSERT_TRUE(server.becomes([&] { return server.body_bytes() >= 9 * MiB; }));

  const Answer refused = server.post_json("/v1/uploads", std::string(1'400'000, ' '));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.text("reason"), "BUSY");
  EXPECT_FALSE(refused.field("retry-after").empty());
  EXPECT_FALSE(server.open_upload().empty()) << "a small one needs no share";

  clients.clear();
  ASSERT_TRUE(server.becomes([&] { return server.body_bytes() == 0; }));
  EXPECT_EQ(server.post_json("/v1/uploads", large_initiate()).status, 201);
}

TEST(JsonBody, SmallOnesOfOneClientHaveABound) {
  TestServer server(with_budget(16 * MiB));  // 768 KiB of it for what is small, a quarter for one client
  const std::string head =
      "POST /v1/uploads HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
      "Content-Length: 60000\r\n\r\n";
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port()));
    clients.back()->send(head + std::string(59'000, ' '));
  }
  EXPECT_TRUE(server.becomes([&server] {  // three of them have room
    return server.metrics.exposition().find("status=\"503\"} 1\n") != std::string::npos;
  }));
  EXPECT_EQ(initiate_from(2, server).status, 201);
  clients.clear();
  ASSERT_TRUE(server.becomes([&] { return server.client_limits.in_flight() == 0; }));
  EXPECT_FALSE(server.open_upload().empty());
}

TEST(JsonBody, OneClientReservesNotForAll) {
  TestServer server(with_budget(kBudget));
  RawClient first(server.port());
  first.send(kHead + kMoreThanIsPlain);
  ASSERT_TRUE(server.becomes([&] { return server.body_bytes() > 0; }));
  const Answer refused = server.post_json("/v1/uploads", large_initiate());
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.text("reason"), "RATE_LIMITED");
  EXPECT_EQ(initiate_from(2, server).status, 201);
}

TEST(JsonBody, HasADeadlineOfItsOwn) {
  ServerOptions options;
  options.config.json_timeout = Millis{200};
  TestServer server(options);
  RawClient client(server.port());
  client.send(kHead + kMoreThanIsPlain);
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.text("reason"), "REQUEST_TIMEOUT");
  EXPECT_EQ(in_use(server), 0);
}

TEST(JsonBody, OneThatFitsNoReservationIsRefused) {
  TestServer server(with_budget(1 * MiB));
  const Answer answer = server.post_json("/v1/uploads", large_initiate());
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.text("reason"), "BUSY");
}

}  // namespace
}  // namespace longshore::http
