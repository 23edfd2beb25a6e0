#include <string>

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
