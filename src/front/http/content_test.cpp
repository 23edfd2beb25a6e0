#include <string>

#include <gtest/gtest.h>

#include "front/http/http_fixture_test.h"
#include "tests/fakes/await.h"

namespace longshore::http {
namespace {

class ContentTest : public ::testing::Test {
 protected:
  ContentTest() {
    const Answer put = server_.request("PUT", "/v1/objects/c/n", "0123456789", {"Content-Type: text/plain"});
    node_ = put.text("nodeId");
    etag_ = put.field("etag");
  }
  Answer get(const std::vector<std::string>& fields, const std::string& method = "GET") const {
    return server_.request(method, "/v1/nodes/" + node_ + "/content", "", fields);
  }

  TestServer server_;
  std::string node_;
  std::string etag_;
};

TEST_F(ContentTest, WholeWithWhatABrowserMustKnow) {
  const Answer answer = get({});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "0123456789");
  EXPECT_EQ(answer.field("etag"), etag_);
  EXPECT_EQ(answer.field("accept-ranges"), "bytes");
  EXPECT_EQ(answer.field("content-type"), "text/plain");
  EXPECT_EQ(answer.field("x-content-type-options"), "nosniff");
  EXPECT_EQ(answer.field("content-security-policy"), "sandbox; default-src 'none'");
  EXPECT_EQ(answer.field("content-disposition"), "inline; filename=\"n\"; filename*=UTF-8''n");
  EXPECT_TRUE(answer.field("repr-digest").starts_with("crc32c=:")) << answer.field("repr-digest");
}

TEST_F(ContentTest, HeadIsTheSameWithoutTheBytes) {
  RawClient client(server_.port());
  client.send(request_text("HEAD", "/v1/nodes/" + node_ + "/content", "", {}) +
              request_text("HEAD", "/v1/nodes/" + node_ + "/content", "", {"Range: bytes=2-3"}) +
              request_text("HEAD", "/v1/nodes/" + node_ + "/content", "", {"Range: bytes=10-"}) +
              request_text("HEAD", "/v1/nodes/unknown-1/content", "", {"Connection: close"}));
  const Answer whole = client.receive(true);
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.field("content-length"), "10");
  for (int i = 0; i < 2; ++i) {
    const Answer ranged = client.receive(true);
    EXPECT_EQ(ranged.status, 200) << "only a GET has ranges";
    EXPECT_EQ(ranged.field("content-length"), "10");
  }
  const Answer unknown = client.receive(true);
  EXPECT_EQ(unknown.status, 404);
  EXPECT_NE(unknown.field("content-length"), "0");
  client.end_sending();
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ContentTest, Ranges) {
  const struct {
    const char* range;
    int status;
    const char* body;
    const char* content_range;
  } rows[] = {
      {"bytes=0-0", 206, "0", "bytes 0-0/10"},
      {"bytes=3-5", 206, "345", "bytes 3-5/10"},
      {"bytes=7-", 206, "789", "bytes 7-9/10"},
      {"bytes=-2", 206, "89", "bytes 8-9/10"},
      {"bytes=5-99999999999999999999", 206, "56789", "bytes 5-9/10"},
      {"bytes=0-,0-,0-", 200, "0123456789", ""},
      {"lines=1-2", 200, "0123456789", ""},
      {"bytes=5-1", 416, nullptr, "bytes */10"},
      {"bytes=10-", 416, nullptr, "bytes */10"},
      {"bytes=18446744073709551616-", 416, nullptr, "bytes */10"},
  };
  for (const auto& row : rows) {
    const Answer answer = get({std::string("Range: ") + row.range});
    EXPECT_EQ(answer.status, row.status) << row.range;
    EXPECT_EQ(answer.field("content-range"), row.content_range) << row.range;
    if (row.body != nullptr) {
      EXPECT_EQ(answer.body, row.body) << row.range;
    } else {
      EXPECT_EQ(answer.text("reason"), "RANGE_NOT_SATISFIABLE");
    }
  }
}

TEST_F(ContentTest, Conditions) {
  const Answer unchanged = get({"If-None-Match: \"x\", " + etag_});
  EXPECT_EQ(unchanged.status, 304);
  EXPECT_EQ(unchanged.field("etag"), etag_);
  EXPECT_EQ(get({"If-None-Match: \"x\""}).status, 200);
  EXPECT_EQ(get({"Range: bytes=0-1", "If-Range: " + etag_}).status, 206);
  EXPECT_EQ(get({"Range: bytes=0-1", "If-Range: \"x\""}).status, 200);
  EXPECT_EQ(get({"Range: bytes=0-1", "If-Range: Mon, 23 Nov 2026 15:00:00 GMT"}).status, 200);
}

TEST_F(ContentTest, A304HasNoBodyAndTheConnectionStays) {
  RawClient client(server_.port());
  client.send(request_text("GET", "/v1/nodes/" + node_ + "/content", "", {"If-None-Match: *"}) +
              request_text("GET", "/healthz", "", {}));
  EXPECT_EQ(client.receive().status, 304);
  EXPECT_EQ(client.receive().body, "ok\n");
}

TEST_F(ContentTest, VersionsByTheirUpload) {
  EXPECT_EQ(server_.request("PUT", "/v1/objects/c/n", "newer").status, 200);
  const std::string path = "/v1/nodes/" + node_ + "/content?version=";
  EXPECT_EQ(server_.request("GET", path).body, "newer");
  EXPECT_EQ(server_.request("GET", path + node_ + ".2").body, "newer");
  EXPECT_EQ(server_.request("GET", path + node_ + ".9").status, 404);
  EXPECT_EQ(server_.request("GET", path + "another-node").status, 404);
  EXPECT_EQ(server_.request("GET", path + "..%2Fx").status, 400);
}

TEST_F(ContentTest, ScriptsAreNeverShown) {
  for (const char* type : {"image/svg+xml", "text/html", "application/pdf"}) {
    server_.request("PUT", "/v1/objects/c/page", "<svg onload=x>",
                    {std::string("Content-Type: ") + type, "Content-Disposition: inline"});
    const Answer answer = server_.request("GET", "/v1/objects/c/page");
    EXPECT_TRUE(answer.field("content-disposition").starts_with("attachment")) << type;
    EXPECT_EQ(answer.field("x-content-type-options"), "nosniff");
    EXPECT_EQ(answer.field("content-security-policy"), "sandbox; default-src 'none'");
  }
}

TEST_F(ContentTest, AClientThatDoesNotReadHoldsNothingForEver) {
  ServerOptions options;
  options.config.idle_timeout = Millis{1000};
  TestServer server(options);
  EXPECT_EQ(server.request("PUT", "/v1/objects/c/big", std::string(30 * MiB, 'b')).status, 201);
  RawClient client(server.port(), 4096);
  client.send(request_text("GET", "/v1/objects/c/big", "", {}));
  EXPECT_TRUE(server.becomes([&server] { return server.client_limits.in_flight() == 1; }));
  EXPECT_TRUE(server.becomes([&server] { return server.body_bytes() == 0; })) << "while it does not read";
  EXPECT_TRUE(server.becomes([&server] { return server.client_limits.in_flight() == 0; }));
  EXPECT_EQ(server.on_loop([&server] { return server.body_bytes(); }), 0);
  EXPECT_NE(server.metrics.exposition().find(
                R"({method="GET",route="/v1/objects/{connector_id}/{name}",status="499"} 1)"),
            std::string::npos);
}

TEST_F(ContentTest, PiecesWaitTheirTurnAndUploadsGoOn) {
  ServerOptions options;
  options.memory_budget = 4 * BufferPool::kBufferBytes;  // of which downloads hold one
  TestServer server(options);
  EXPECT_EQ(server.request("PUT", "/v1/objects/c/n", "0123456789").status, 201);
  auto turn = await(server.buffers.download_turn());  // as of a client that does not read
  RawClient client(server.port());
  client.send(request_text("GET", "/v1/objects/c/n", "", {}));
  EXPECT_TRUE(server.becomes([&server] { return server.client_limits.in_flight() == 1; }));
  EXPECT_EQ(server.request("PUT", "/v1/objects/c/other", "abc").status, 201);
  EXPECT_TRUE(server.becomes([&server] { return server.client_limits.in_flight() == 1; }));
  EXPECT_EQ(server.metrics.exposition().find(R"({method="GET",)"), std::string::npos)
      << "the download waits, the upload did not";
  turn = {};
  EXPECT_EQ(client.receive().body, "0123456789");
}

TEST_F(ContentTest, BytesThatEndEarlyEndTheConnection) {
  server_.on_loop([this] {
    server_.store.put_strange_object(server_.catalog.nodes().at(NodeId{node_}).node.key, "0123");
  });
  RawClient client(server_.port());
  client.send(request_text("GET", "/v1/nodes/" + node_ + "/content", "", {}) +
              request_text("GET", "/healthz", "", {}));
  const std::string all = client.receive_all();
  EXPECT_NE(all.find("Content-Length: 10\r\n"), std::string::npos);
  EXPECT_TRUE(all.ends_with("\r\n\r\n0123")) << all;
}

}  // namespace
}  // namespace longshore::http
