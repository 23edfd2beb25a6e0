#include <string>
#include <vector>

#include <boost/asio/ip/address_v4.hpp>
#include <gtest/gtest.h>

#include "front/http/http_fixture_test.h"

namespace longshore::http {
namespace {

TEST(Admin, AliveAndReady) {
  TestServer server;
  EXPECT_EQ(server.request("GET", "/healthz").body, "ok\n");
  EXPECT_EQ(server.request("GET", "/readyz").body, "{\"ready\":true,\"missing\":[]}\n");
}

TEST(Admin, ReadyzSaysWhatIsMissing) {
  ServerOptions options;
  options.not_ready = {"catalog: no answer"};
  TestServer server(options);
  const Answer answer = server.request("GET", "/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "{\"ready\":false,\"missing\":[\"catalog: no answer\"]}\n");
  EXPECT_EQ(server.request("GET", "/healthz").status, 200);
}

TEST(Admin, MetricsCountByRouteAndHoldNoNamesOfClients) {
  TestServer server;
  server.request("PUT", "/v1/objects/secretconnector/secretname", "x");
  server.request("GET", "/v1/nodes/secret-node-id");
  server.request("GET", "/secret/path");
  server.request("SECRET", "/v1/uploads");
  const Answer answer = server.request("GET", "/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("content-type"), std::string(Metrics::kContentType));
  const auto has = [&answer](const std::string& text) { return answer.body.find(text) != std::string::npos; };
  EXPECT_TRUE(has(R"(method="PUT",route="/v1/objects/{connector_id}/{name}",status="201"} 1)"))
      << answer.body;
  EXPECT_TRUE(has(R"(method="GET",route="/v1/nodes/{node_id}",status="404"} 1)"));
  EXPECT_TRUE(has(R"(method="other",route="unknown",status="404"} 1)"));
  EXPECT_TRUE(has(R"(method="other",route="unknown",status="405"} 1)"));
  EXPECT_FALSE(has("secret"));
  EXPECT_FALSE(has("SECRET"));
}

TEST(Admin, AnswersToProbesTakeNothingOfTheMemoryForClients) {
  ServerOptions options;
  options.not_ready = {std::string(5000, 'x')};
  TestServer server(options);
  const auto held = all_memory_of_answers(server);
  EXPECT_GT(server.request("GET", "/readyz").text("missing").size(), 5000U);
}

/// What probes may have of the memory, taken by four of them.
std::vector<ClientShares::Share> all_memory_of_probes(TestServer& server) {
  using boost::asio::ip::address_v4;
  const auto& memory = server.client_limits.small_memory(ClientLimits::Asker::probe);
  std::vector<ClientShares::Share> held;
  for (std::uint32_t host = 1; host <= 4; ++host) {
    const address_v4 address(0x0A000000 + host);
    ClientShares::Share share = memory->take(address, 1);
    while (share.grow(100)) {
    }
    held.push_back(std::move(share));
  }
  return held;
}

TEST(Admin, ReadyzNeedsNoneOfTheMemoryThatOthersHold) {
  TestServer server;
  const auto held = all_memory_of_probes(server);
  EXPECT_EQ(server.request("GET", "/readyz").status, 200);
  EXPECT_EQ(server.request("GET", "/readyz", "", {"X-Long: " + std::string(2000, 'x')}).status, 503);
}

TEST(Admin, AProbeThatDoesNotTakeItsAnswersIsCutOff) {
  ServerOptions options;
  options.config.header_timeout = Millis{200};
  TestServer server(options);
  const auto open_connections_are = [&](const std::string& count) {
    return server.metrics.exposition().find("longshore_connections_open " + count) != std::string::npos;
  };
  RawClient silent(server.port(), 4096);
  EXPECT_TRUE(server.becomes([&] { return open_connections_are("1"); }));
  const std::string question = request_text("GET", "/metrics", "", {});
  std::string many;
  for (int i = 0; i < 2000; ++i) many += question;
  silent.send(many);
  EXPECT_TRUE(server.becomes([&] { return open_connections_are("0"); }));
}

TEST(Admin, ProbesHaveARateOfTheirOwnButNotOnTheirOwnListener) {
  for (const Surface surface : {Surface::both, Surface::operators}) {
    ServerOptions options;
    options.surface = surface;
    options.client_limits.request_rate = 1;
    TestServer server(options);
    int status = 200;
    for (int i = 0; i < 5 && status == 200; ++i) status = server.request("GET", "/readyz").status;
    EXPECT_EQ(status, surface == Surface::both ? 429 : 200);
    EXPECT_EQ(server.request("GET", "/v1/uploads").status, surface == Surface::both ? 200 : 404);
  }
}

TEST(Admin, ClientsListenerShowsNoMetrics) {
  ServerOptions options;
  options.surface = Surface::clients;
  TestServer server(options);
  EXPECT_EQ(server.request("GET", "/metrics").status, 404);
  EXPECT_EQ(server.request("GET", "/healthz").status, 200);
}

TEST(Admin, OperatorsListenerServesNoClients) {
  ServerOptions options;
  options.surface = Surface::operators;
  TestServer server(options);
  EXPECT_EQ(server.request("GET", "/metrics").status, 200);
  EXPECT_EQ(server.request("GET", "/v1/uploads").status, 404);
}

}  // namespace
}  // namespace longshore::http
