#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "front/http/http_fixture_test.h"

namespace longshore::http {
namespace {

/// Reads until `wanted` has come; false if the stream ends or is silent before.
bool reads(RawClient& client, std::string& seen, const std::string& wanted) {
  while (seen.find(wanted) == std::string::npos) {
    const std::string more = client.receive_some();
    if (more.empty()) return false;
    seen += more;
  }
  return true;
}

TEST(Progress, TellsEachChangeAndThenTheEnd) {
  TestServer server;
  const std::string upload = server.open_upload();
  RawClient watcher(server.port());
  watcher.send(request_text("GET", "/v1/uploads/" + upload + "/progress", "", {}));
  std::string seen;
  ASSERT_TRUE(reads(watcher, seen, "\"state\":\"PENDING\""));
  EXPECT_NE(seen.find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_NE(seen.find("event: progress\ndata: {"), std::string::npos);

  server.request("PUT", "/v1/uploads/" + upload + "/parts/0", "hello");
  ASSERT_TRUE(reads(watcher, seen, "\"bytesUploaded\":\"5\"")) << seen;
  server.post_json("/v1/uploads/" + upload + "/complete", "{}");
  ASSERT_TRUE(reads(watcher, seen, "event: end\ndata: {")) << seen;
  seen += watcher.receive_all();
  EXPECT_NE(seen.find("\"state\":\"COMPLETED\""), std::string::npos);
  EXPECT_TRUE(seen.ends_with("}\n\n"));
}

TEST(Progress, OfAnEndedUploadIsTheEndAlone) {
  TestServer server;
  const std::string upload = server.open_upload();
  server.request("DELETE", "/v1/uploads/" + upload);
  RawClient watcher(server.port());
  watcher.send(request_text("GET", "/v1/uploads/" + upload + "/progress", "", {}));
  const std::string all = watcher.receive_all();
  EXPECT_EQ(all.find("event: progress"), std::string::npos);
  EXPECT_NE(all.find("event: end"), std::string::npos);
}

TEST(Progress, OfAnUnknownUploadIsAnError) {
  TestServer server;
  EXPECT_EQ(server.request("GET", "/v1/uploads/unknown-1/progress").status, 404);
}

TEST(Progress, EndsWhenTheClientGoes) {
  TestServer server;
  const std::string upload = server.open_upload();
  const auto open_connections = [&server] {
    return server.metrics.exposition().find("longshore_connections_open 0") == std::string::npos;
  };
  {
    RawClient watcher(server.port());
    watcher.send(request_text("GET", "/v1/uploads/" + upload + "/progress", "", {}));
    std::string seen;
    ASSERT_TRUE(reads(watcher, seen, "event: progress"));
    EXPECT_TRUE(open_connections());
  }
  EXPECT_TRUE(server.becomes([&] { return !open_connections(); }));
}

TEST(Progress, StreamsAreBounded) {
  ServerOptions options;
  options.client_limits.watchers_max = 8;  // a quarter of them for one client
  TestServer server(options);
  const std::string upload = server.open_upload();
  const std::string request = request_text("GET", "/v1/uploads/" + upload + "/progress", "", {});
  std::vector<std::unique_ptr<RawClient>> watchers;
  for (std::uint8_t host = 2; host < 6; ++host) {
    for (int i = 0; i < 2; ++i) {
      watchers.push_back(RawClient::from(host, server.port()));
      watchers.back()->send(request);
      std::string seen;
      ASSERT_TRUE(reads(*watchers.back(), seen, "event: progress"));
    }
    if (host == 2) {
      const auto third = RawClient::from(host, server.port());
      third->send(request);
      const Answer answer = third->receive();
      EXPECT_EQ(answer.status, 429);
      EXPECT_EQ(answer.text("reason"), "RATE_LIMITED");
    }
  }
  const Answer answer = server.request("GET", "/v1/uploads/" + upload + "/progress");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.text("reason"), "BUSY");
}

}  // namespace
}  // namespace longshore::http
