#include <string>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "front/http/http_fixture_test.h"

namespace longshore::http {
namespace {

const std::string kSha256 = "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=";  // of "hello"

std::string part_path(const std::string& upload, int chunk = 0) {
  return "/v1/uploads/" + upload + "/parts/" + std::to_string(chunk);
}

std::size_t parts_stored(TestServer& server) {
  return server.on_loop([&server] {
    std::size_t parts = 0;
    for (const auto& [_, upload] : server.store.uploads()) parts += upload.parts.size();
    return parts;
  });
}

TEST(Parts, ALargePartIsRelayedWhole) {
  TestServer server;
  const std::string upload = server.open_upload();
  std::string bytes(5 * MiB, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 + i / 251);
  EXPECT_EQ(server.request("PUT", part_path(upload) + "?last=true", bytes).text("isFileComplete"), "true");
  EXPECT_EQ(server.request("GET", "/v1/nodes/" + upload + "/content").body, bytes);
}

TEST(Parts, DigestsAreVerifiedBeforeAnythingIsStored) {
  TestServer server;
  const std::string upload = server.open_upload();
  for (const std::string& good :
       std::initializer_list<std::string>{std::string("crc32c=:mnG7TA==:"), "sha-256=:" + kSha256 + ":",
                                          "md5=:AAAA:, crc32c=:mnG7TA==:, sha-256=:" + kSha256 + ":"}) {
    EXPECT_EQ(server.request("PUT", part_path(upload), "hello", {"Content-Digest: " + good}).status, 200)
        << good;
  }
  for (const std::string& wrong : std::initializer_list<std::string>{
           std::string("crc32c=:mnG7TQ==:"), "sha-256=:MPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:"}) {
    const Answer answer = server.request("PUT", part_path(upload, 1), "hello", {"Content-Digest: " + wrong});
    EXPECT_EQ(answer.status, 400) << wrong;
    EXPECT_EQ(answer.text("reason"), "DIGEST_MISMATCH");
  }
  EXPECT_EQ(parts_stored(server), 1U);
}

TEST(Parts, ContinueIsSaidWhenTheBodyIsWanted) {
  TestServer server;
  const std::string upload = server.open_upload();
  RawClient client(server.port());
  client.send(request_text("PUT", part_path(upload), "", {"Content-Length: 5", "Expect: 100-continue"}));
  EXPECT_EQ(client.receive().status, 100);
  client.send("hello");
  EXPECT_EQ(client.receive().status, 200);
}

TEST(Parts, ContinueIsNotSaidToARequestThatIsRefused) {
  TestServer server;
  RawClient client(server.port());
  client.send(request_text("PUT", part_path("unknown-1"), "", {"Content-Length: 5", "Expect: 100-continue"}));
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.field("connection"), "close");
}

TEST(Parts, ABodyThatIsCutOffIsNotStored) {
  TestServer server;
  const std::string upload = server.open_upload();
  RawClient client(server.port());
  client.send(request_text("PUT", part_path(upload), "hell", {"Content-Length: 5"}));
  client.end_sending();
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.text("reason"), "BODY_CUT_OFF");
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(parts_stored(server), 0U);
}

TEST(Parts, AStalledBodyTimesOutAndHoldsNoBufferMeanwhile) {
  ServerOptions options;
  options.config.idle_timeout = Millis{400};
  TestServer server(options);
  const std::string upload = server.open_upload();
  RawClient client(server.port());
  client.send(request_text("PUT", part_path(upload), "hell", {"Content-Length: 500000"}));
  EXPECT_TRUE(server.becomes([&server] { return server.client_limits.in_flight() == 1; }));
  EXPECT_TRUE(server.becomes([&server] { return server.body_bytes() == 0; }));
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.text("reason"), "REQUEST_TIMEOUT");
  EXPECT_EQ(parts_stored(server), 0U);
  EXPECT_EQ(server.request("PUT", part_path(upload), "hello").status, 200) << "the number is free again";
}

TEST(Parts, ADripBelowTheMinimumRateTimesOut) {
  ServerOptions options;
  options.config.idle_timeout = Millis{300};
  options.config.body_rate_min = 1000;
  TestServer server(options);
  const std::string upload = server.open_upload();
  RawClient client(server.port());
  client.send(request_text("PUT", part_path(upload), "", {"Content-Length: 500000"}));
  const auto begin = std::chrono::steady_clock::now();
  bool is_over = false;
  while (!is_over && std::chrono::steady_clock::now() - begin < kTestPatience) {
    client.send("x");
    is_over = client.is_heard_within(Millis{10});  // a hundred bytes a second: a tenth of what is asked for
  }
  EXPECT_EQ(client.receive().status, 408);
}

TEST(Parts, AChunkThatIsThereIsAcknowledgedWithoutItsBody) {
  TestServer server;
  const std::string upload = server.open_upload();
  const std::vector<std::string> digest{"Content-Digest: crc32c=:mnG7TA==:"};
  EXPECT_EQ(server.request("PUT", part_path(upload), "hello", digest).status, 200);
  RawClient client(server.port());
  client.send(
      request_text("PUT", part_path(upload), "", {digest[0], "Content-Length: 5", "Expect: 100-continue"}));
  const Answer again = client.receive();
  EXPECT_EQ(again.status, 200) << "no 100: the bytes are not wanted";
  EXPECT_EQ(again.text("bytesUploaded"), "5");
}

TEST(Parts, LengthIsRequired) {
  TestServer server;
  const std::string upload = server.open_upload();
  RawClient client(server.port());
  client.send(
      request_text("PUT", part_path(upload), "5\r\nhello\r\n0\r\n\r\n", {"Transfer-Encoding: chunked"}));
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 411);
  EXPECT_EQ(answer.text("reason"), "LENGTH_REQUIRED");
}

}  // namespace
}  // namespace longshore::http
