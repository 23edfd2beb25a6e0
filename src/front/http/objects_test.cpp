#include <string>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "front/http/http_fixture_test.h"

namespace longshore::http {
namespace {

std::string chunked(const std::string& body, std::size_t chunk_bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (std::size_t at = 0; at < body.size(); at += chunk_bytes) {
    const std::string piece = body.substr(at, chunk_bytes);
    std::string size;
    for (std::size_t n = piece.size(); n > 0; n /= 16) size.insert(size.begin(), kHex[n % 16]);
    out.append(size).append("\r\n").append(piece).append("\r\n");
  }
  return out + "0\r\n\r\n";
}

std::string pattern(std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>('a' + (i / 7 + i) % 26);
  return text;
}

TEST(Objects, PutIsNewThenAnUpdate) {
  TestServer server;
  const std::vector<std::string> fields{"Content-Type: text/plain", "Cache-Control: max-age=60",
                                        "Content-Disposition: attachment"};
  const Answer first = server.request("PUT", "/v1/objects/c/a%20b?path=x/y", "one", fields);
  EXPECT_EQ(first.status, 201) << first.body;
  EXPECT_EQ(first.text("name"), "a b");
  EXPECT_EQ(first.text("path"), "x/y");
  EXPECT_EQ(first.text("mimeType"), "text/plain");
  EXPECT_EQ(first.text("state"), "ACTIVE");
  EXPECT_EQ(first.field("location"), "/v1/nodes/" + first.text("nodeId"));
  EXPECT_EQ(first.field("etag"), "\"" + first.text("etag") + "\"");

  const Answer second = server.request("PUT", "/v1/objects/c/a%20b?path=x%2Fy", "second", {});
  EXPECT_EQ(second.status, 200) << second.body;
  EXPECT_EQ(second.text("nodeId"), first.text("nodeId"));
  EXPECT_EQ(server.request("GET", "/v1/objects/c/a+b?path=x/y").status, 404) << "a plus in a path is a plus";
  const Answer read = server.request("GET", "/v1/objects/c/a%20b?path=x/y");
  EXPECT_EQ(read.body, "second");
}

TEST(Objects, OnlyIfNew) {
  TestServer server;
  EXPECT_EQ(server.request("PUT", "/v1/objects/c/n", "one", {"If-None-Match: *"}).status, 201);
  const Answer second = server.request("PUT", "/v1/objects/c/n", "two", {"If-None-Match: *"});
  EXPECT_EQ(second.status, 409);
  EXPECT_EQ(second.text("reason"), "ALREADY_EXISTS");
  EXPECT_EQ(server.request("GET", "/v1/objects/c/n").body, "one");
}

TEST(Objects, BodiesOfAnyLengthKnownOrNot) {
  TestServer server;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{300'000}, std::size_t{3'500'000}}) {
    const std::string bytes = pattern(size);
    const std::string known = "/v1/objects/c/known-" + std::to_string(size);
    EXPECT_EQ(server.request("PUT", known, bytes).status, 201) << size;
    EXPECT_EQ(server.request("GET", known).body, bytes) << size;

    const std::string unknown = "/v1/objects/c/unknown-" + std::to_string(size);
    const Answer answer = server.request("PUT", unknown, chunked(bytes, 10'000),
                                         {"Transfer-Encoding: chunked"});
    EXPECT_EQ(answer.status, 201) << size << answer.body;
    EXPECT_EQ(server.request("GET", unknown).body, bytes) << size;
  }
  EXPECT_TRUE(server.becomes([&server] { return server.body_bytes() == 0; }));
}

TEST(Objects, OneClientReservesNotForAll) {
  TestServer server(with_budget(16 * MiB));  // half for reservations: two for one client, of 1 MiB each
  const auto begin_from = [&server](std::uint8_t host, const std::string& name) {
    auto client = RawClient::from(host, server.port());
    client->send(request_text("PUT", "/v1/objects/c/" + name, "1\r\nx\r\n", {"Transfer-Encoding: chunked"}));
    return client;
  };
  const auto first = begin_from(2, "a");
  const auto second = begin_from(2, "b");
  ASSERT_TRUE(server.becomes([&server] { return server.body_bytes() >= 2 * MiB; }));
  const Answer refused = begin_from(2, "c")->receive();
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.text("reason"), "RATE_LIMITED");

  const auto other = begin_from(3, "d");
  for (RawClient* client : {first.get(), second.get(), other.get()}) {
    client->send("0\r\n\r\n");
    EXPECT_EQ(client->receive().status, 201);
  }
}

TEST(Objects, ManySmallChunksAreCheap) {
  TestServer server;
  const std::string bytes = pattern(200'000);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(
      server.request("PUT", "/v1/objects/c/n", chunked(bytes, 1), {"Transfer-Encoding: chunked"}).status,
      201);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_EQ(server.request("GET", "/v1/objects/c/n").body, bytes);
}

TEST(Objects, ABodyBeyondTheLimitIsRefusedThereAndNothingStays) {
  ServerOptions options;
  options.limits.parts_max = 2;  // of 1 MiB, where the length is not known
  TestServer server(options);
  const Answer answer = server.request("PUT", "/v1/objects/c/n", chunked(pattern(4'000'000), 100'000),
                                       {"Transfer-Encoding: chunked"});
  EXPECT_EQ(answer.status, 413) << answer.body;
  EXPECT_EQ(answer.text("reason"), "PAYLOAD_TOO_LARGE");
  EXPECT_TRUE(server.on_loop([&server] { return server.store.objects().empty(); }));
  EXPECT_EQ(server.request("GET", "/v1/objects/c/n").status, 404);
}

TEST(Objects, DigestOfTheWholeIsVerified) {
  TestServer server;
  EXPECT_EQ(server.request("PUT", "/v1/objects/c/n", "hello", {"Content-Digest: crc32c=:mnG7TA==:"}).status,
            201);
  const Answer wrong = server.request("PUT", "/v1/objects/c/m", "hello",
                                      {"Content-Digest: crc32c=:AAAAAA==:"});
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(wrong.text("reason"), "DIGEST_MISMATCH");
  EXPECT_EQ(server.on_loop([&server] { return server.store.objects().size(); }), 1U);
}

TEST(Objects, ARequestThatEndsEarlyLeavesNothingVisible) {
  TestServer server;
  {
    RawClient client(server.port());
    client.send(request_text("PUT", "/v1/objects/c/n", "10\r\nhalf", {"Transfer-Encoding: chunked"}));
    EXPECT_TRUE(server.becomes([&server] { return server.client_limits.in_flight() == 1; }));
  }
  EXPECT_TRUE(server.becomes([&server] { return server.client_limits.in_flight() == 0; }));
  EXPECT_TRUE(server.on_loop([&server] { return server.store.objects().empty(); }));
  EXPECT_EQ(server.request("PUT", "/v1/objects/c/n", "whole").status, 201);
}

TEST(Objects, NamesAreStoredAsDataAndLeaveNoPlace) {
  TestServer server;
  const std::string right_to_left = "\xe2\x80\xae";  // U+202E: shows what follows backwards
  const std::string hostile[] = {"../../etc/passwd",
                                 "\"><script>alert(1)</script>",
                                 right_to_left + "cod.exe",
                                 "CON",
                                 "a?b#c&d=e",
                                 "a%2Fb",
                                 "{upload}",
                                 std::string(1024, 'n')};
  for (const std::string& name : hostile) {
    const std::string target = "/v1/objects/c/" + percent_encode(name);
    const Answer put = server.request("PUT", target, "data", {"Content-Type: text/html"});
    ASSERT_EQ(put.status, 201) << name << put.body;
    EXPECT_EQ(put.text("name"), name);
    const Answer read = server.request("GET", target);
    EXPECT_EQ(read.body, "data");
    EXPECT_TRUE(read.field("content-disposition").starts_with("attachment; filename=\""));
    EXPECT_TRUE(read.field("content-disposition").ends_with("; filename*=UTF-8''" + percent_encode(name)));
  }
}

}  // namespace
}  // namespace longshore::http
