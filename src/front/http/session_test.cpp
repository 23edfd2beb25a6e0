#include "front/http/session.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "front/http/http_fixture_test.h"

namespace longshore::http {
namespace {

using namespace std::string_literals;

const std::string kHidden = "GET /v1/uploads HTTP/1.1\r\nHost: test\r\n\r\n";

/// Bytes on a connection, and the one answer that they must get. Whatever a proxy in front could have taken
/// for a second request behind them gets none.
struct Attack {
  std::string name;
  std::string bytes;
  int status;
  std::string reason;
};

std::ostream& operator<<(std::ostream& out, const Attack& attack) { return out << attack.name; }

class Framing : public ::testing::TestWithParam<Attack> {};

TEST_P(Framing, GetsOneAnswerAndThenTheEnd) {
  TestServer server;
  RawClient client(server.port());
  client.send(GetParam().bytes);
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, GetParam().status) << answer.body;
  EXPECT_EQ(answer.text("reason"), GetParam().reason);
  EXPECT_EQ(answer.field("connection"), "close");
  EXPECT_FALSE(answer.field("x-request-id").empty());
  client.end_sending();
  EXPECT_TRUE(client.is_closed()) << "a second answer, or the connection stays";
  EXPECT_TRUE(server.becomes([&server] { return server.client_limits.in_flight() == 0; }));
  EXPECT_TRUE(left_nothing(server));
}

std::string put(const std::string& fields, const std::string& body = "", const std::string& version = "1.1") {
  return "PUT /v1/objects/c/n HTTP/" + version + "\r\n" + fields + "\r\n" + body;
}

std::string many_fields(int count) {
  std::string fields;
  for (int i = 0; i < count; ++i) fields += "X-F" + std::to_string(i) + ": a\r\n";
  return fields;
}

std::string small_chunks(int count) {
  std::string body;
  for (int i = 0; i < count; ++i) body += "1;" + std::string(100, 'e') + "\r\nx\r\n";
  return body + "0\r\n\r\n";
}

const std::string kHost = "Host: test\r\n";
const std::string kChunked = kHost + "Transfer-Encoding: chunked\r\n";

const Attack kAttacks[] = {
    {"LengthAndChunked",
     put(kHost + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + kHidden), 400,
     "INVALID_REQUEST"},
    {"ChunkedAndLength", put(kChunked + "Content-Length: 5\r\n", "0\r\n\r\n" + kHidden), 400,
     "INVALID_REQUEST"},
    {"ChunkedInVersion10", put(kChunked, "0\r\n\r\n" + kHidden, "1.0"), 400, "INVALID_REQUEST"},
    {"CodingGzip", put(kHost + "Transfer-Encoding: gzip\r\n", kHidden), 400, "INVALID_REQUEST"},
    {"CodingGzipThenLength", put(kHost + "Transfer-Encoding: gzip\r\nContent-Length: 3\r\n", "abc" + kHidden),
     400, "INVALID_REQUEST"},
    {"CodingGzipChunked", put(kHost + "Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n" + kHidden), 400,
     "INVALID_REQUEST"},
    {"CodingChunkedIdentity", put(kHost + "Transfer-Encoding: chunked, identity\r\n", kHidden), 400,
     "INVALID_REQUEST"},
    {"CodingUnknown", put(kHost + "Transfer-Encoding: xchunked\r\n", kHidden), 400, "INVALID_REQUEST"},
    {"CodingTwice", put(kChunked + "Transfer-Encoding: chunked\r\n", "0\r\n\r\n" + kHidden), 400,
     "INVALID_REQUEST"},
    {"LengthList", put(kHost + "Content-Length: 5, 5\r\n", "hello" + kHidden), 400, "INVALID_REQUEST"},
    {"LengthTwiceEqual", put(kHost + "Content-Length: 5\r\nContent-Length: 5\r\n", "hello" + kHidden), 400,
     "INVALID_REQUEST"},
    {"LengthTwiceDifferent", put(kHost + "Content-Length: 5\r\nContent-Length: 6\r\n", "hello" + kHidden),
     400, "INVALID_REQUEST"},
    {"LengthPlus", put(kHost + "Content-Length: +5\r\n", "hello" + kHidden), 400, "INVALID_REQUEST"},
    {"LengthMinus", put(kHost + "Content-Length: -1\r\n", kHidden), 400, "INVALID_REQUEST"},
    {"LengthHex", put(kHost + "Content-Length: 0x5\r\n", "hello" + kHidden), 400, "INVALID_REQUEST"},
    {"LengthTooBig", put(kHost + "Content-Length: 18446744073709551616\r\n", kHidden), 400,
     "INVALID_REQUEST"},
    {"LengthWithSpace", put(kHost + "Content-Length: 5 5\r\n", "hello" + kHidden), 400, "INVALID_REQUEST"},
    {"NoHost", put("Content-Length: 0\r\n", kHidden), 400, "INVALID_REQUEST"},
    {"TwoHosts", put("Host: test\r\nHost: other\r\nContent-Length: 0\r\n", kHidden), 400, "INVALID_REQUEST"},
    {"HostWithUser", put("Host: a@b\r\nContent-Length: 0\r\n", kHidden), 400, "INVALID_REQUEST"},
    {"Fold", "GET /v1/uploads HTTP/1.1\r\nHost: test\r\nX: a\r\n b\r\n\r\n" + kHidden, 400,
     "INVALID_REQUEST"},
    {"SpaceBeforeColon", "GET /v1/uploads HTTP/1.1\r\nHost : test\r\n\r\n" + kHidden, 400, "INVALID_REQUEST"},
    {"BareLf", "GET /v1/uploads HTTP/1.1\nHost: test\n\n" + kHidden, 400, "INVALID_REQUEST"},
    {"BareCr", "GET /v1/uploads HTTP/1.1\r\nHost: test\rX: a\r\n\r\n" + kHidden, 400, "INVALID_REQUEST"},
    {"Nul", "GET /v1/uploads HTTP/1.1\r\nHost: test\r\nX: a\0b\r\n\r\n"s + kHidden, 400, "INVALID_REQUEST"},
    {"NoHttp", "\x16\x03\x01\x02\x01\xfc\x03\x03"s, 400, "INVALID_REQUEST"},
    {"Http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "INVALID_REQUEST"},
    {"TwoBlankLines", "\r\n\r\n" + kHidden, 400, "INVALID_REQUEST"},
    {"ChunkSizeHex", put(kChunked, "0x5\r\nhello\r\n0\r\n\r\n" + kHidden), 400, "INVALID_REQUEST"},
    {"ChunkSizeMinus", put(kChunked, "-1\r\nhello\r\n0\r\n\r\n" + kHidden), 400, "INVALID_REQUEST"},
    {"ChunkSizeOf17Digits", put(kChunked, "00000000000000005\r\nhello\r\n0\r\n\r\n" + kHidden), 400,
     "INVALID_REQUEST"},
    {"ChunkSizeBareLf", put(kChunked, "5\nhello\r\n0\r\n\r\n" + kHidden), 400, "INVALID_REQUEST"},
    {"ChunkExtensionLf", put(kChunked, "5;a\nb\r\nhello\r\n0\r\n\r\n" + kHidden), 400, "INVALID_REQUEST"},
    {"ChunkTooLong", put(kChunked, "4\r\nhello\r\n0\r\n\r\n" + kHidden), 400, "INVALID_REQUEST"},
    {"ChunkOverhead", put(kChunked, small_chunks(100'000)), 413, "PAYLOAD_TOO_LARGE"},
    {"TrailersWithoutEnd", put(kChunked, "0\r\n" + many_fields(100'000)), 413, "PAYLOAD_TOO_LARGE"},
    {"HeaderOf64KiB", "GET / HTTP/1.1\r\nHost: test\r\nX: " + std::string(65'536, 'a') + "\r\n\r\n", 431,
     "HEADER_TOO_LARGE"},
    {"ThousandFields", "GET / HTTP/1.1\r\nHost: test\r\n" + many_fields(1000) + "\r\n", 431,
     "HEADER_TOO_LARGE"},
    {"LongTarget", "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: test\r\n\r\n", 414,
     "URI_TOO_LONG"},
    {"OtherExpectation", put(kHost + "Content-Length: 5\r\nExpect: x\r\n", "hello" + kHidden), 417,
     "EXPECTATION_FAILED"},
};
INSTANTIATE_TEST_SUITE_P(Attacks, Framing, ::testing::ValuesIn(kAttacks),
                         [](const auto& attack) { return attack.param.name; });

TEST(Session, TrailersAreNeverUsed) {
  TestServer server;
  RawClient client(server.port());
  client.send(
      put(kChunked, "5\r\nhello\r\n0\r\nContent-Type: text/html\r\nHost: evil\r\nContent-Length: 1\r\n\r\n"));
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(answer.text("size"), "5");
  EXPECT_EQ(answer.text("mimeType"), "");
}

TEST(Session, ServesPipelinedRequestsInOrder) {
  TestServer server;
  RawClient client(server.port());
  client.send(request_text("PUT", "/v1/objects/c/one", "first", {}) +
              request_text("GET", "/v1/objects/c/one", "", {}) + put(kChunked, "6\r\nsecond\r\n0\r\n\r\n") +
              "\r\n" + request_text("HEAD", "/v1/objects/c/n", "", {}) +
              request_text("GET", "/v1/objects/c/n", "", {"Connection: close"}) + kHidden);
  EXPECT_EQ(client.receive().status, 201);
  EXPECT_EQ(client.receive().body, "first");
  EXPECT_EQ(client.receive().status, 201);
  EXPECT_EQ(client.receive(true).field("content-length"), "6");
  const Answer last = client.receive();
  EXPECT_EQ(last.body, "second");
  EXPECT_EQ(last.field("connection"), "close");
  client.end_sending();
  EXPECT_TRUE(client.is_closed());
}

TEST(Session, AnErrorKeepsTheConnectionWhereItsBodyIsSmall) {
  TestServer server;
  RawClient client(server.port());
  client.send(request_text("PUT", "/v1/uploads/unknown-1/parts/0", std::string(200 * 1024, 'x'), {}));
  EXPECT_EQ(client.receive().status, 404);
  client.send(request_text("GET", "/healthz", "", {}));
  EXPECT_EQ(client.receive().status, 200);
}

TEST(Session, AnEarlyAnswerToALargeBodyIsReadableAndEndsTheConnection) {
  TestServer server;
  RawClient client(server.port());
  const std::string announced = std::to_string(5 * GiB);
  client.send("PUT /v1/uploads/unknown-1/parts/0 HTTP/1.1\r\nHost: test\r\nContent-Length: " + announced +
              "\r\n\r\n");
  const std::string megabyte(1 << 20, 'x');
  for (int i = 0; i < 4 && client.send(megabyte); ++i) {
  }
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(answer.field("connection"), "close");
  client.end_sending();
  EXPECT_TRUE(client.is_closed());
}

TEST(Session, SlowHeaderIsCutOff) {
  ServerOptions options;
  options.config.header_timeout = Millis{200};
  TestServer server(options);
  RawClient client(server.port());
  client.send("GET /v1/uploads HTTP/1.1\r\nHost: t");
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.text("reason"), "REQUEST_TIMEOUT");
  client.end_sending();
  EXPECT_TRUE(client.is_closed());
}

TEST(Session, AnIdleConnectionIsClosedWithoutAWord) {
  ServerOptions options;
  options.config.header_timeout = Millis{1000};
  options.config.idle_timeout = Millis{200};
  TestServer server(options);
  RawClient silent(server.port());
  EXPECT_TRUE(silent.is_closed());
  RawClient client(server.port());
  client.send(request_text("GET", "/healthz", "", {}));
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_TRUE(client.is_closed());
}

TEST(Session, ManyIdleConnectionsLeaveAGoodClientUnharmed) {
  TestServer server;
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 500; ++i) {
    idle.push_back(std::make_unique<RawClient>(server.port()));
    idle.back()->send("G");
  }
  EXPECT_EQ(server.request("PUT", "/v1/objects/c/n", "hello").status, 201);
  EXPECT_EQ(server.on_loop([&server] { return server.body_bytes(); }), 0);
}

TEST(Session, RequestsOfClientsThatBreakOffLeaveALine) {
  TestServer server;
  const std::string upload = server.open_upload();
  RawClient sending(server.port());
  sending.send(request_text("PUT", "/v1/uploads/" + upload + "/parts/0", "hel",
                            {"Content-Length: 500000", "x-request-id: sending"}));
  EXPECT_EQ(server.request("PUT", "/v1/objects/c/big", std::string(16 * MiB, 'b')).status, 201);
  RawClient reading(server.port(), 4096);
  reading.send(request_text("GET", "/v1/objects/c/big", "", {"x-request-id: reading"}));
  EXPECT_FALSE(reading.receive_some().empty());
  ASSERT_TRUE(server.becomes([&server] { return server.client_limits.in_flight() == 2; }));
  sending.reset();
  reading.reset();
  ASSERT_TRUE(server.becomes([&server] { return server.client_limits.in_flight() == 0; }));
  const std::string log = server.log_text();
  for (const char* id : {"sending", "reading"}) {
    const std::size_t line = log.find(std::string("request_id=") + id);
    ASSERT_NE(line, std::string::npos) << log;
    EXPECT_NE(log.substr(line, log.find('\n', line) - line).find("status=499"), std::string::npos) << log;
  }
}

TEST(Session, ALineNamesTheClientsTrace) {
  TestServer server;
  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  server.request("GET", "/v1/uploads", "", {"traceparent: 00-" + trace + "-00f067aa0ba902b7-01"});
  server.request("GET", "/v1/uploads", "", {"traceparent: 00-forged"});
  const auto named = [&server](const std::string& id) {
    return server.log_text().find("trace_id=" + id + "\n") != std::string::npos;
  };
  EXPECT_TRUE(named(trace));
  EXPECT_TRUE(named("-"));
}

TEST(Session, RequestIdIsTheClientsOrAFreshOne) {
  TestServer server;
  EXPECT_EQ(server.request("GET", "/healthz", "", {"x-request-id: abc-1"}).field("x-request-id"), "abc-1");
  const std::string fresh = server.request("GET", "/healthz", "", {"x-request-id: a b"})
                                .field("x-request-id");
  EXPECT_EQ(fresh.size(), 32U);
  const Answer failed = server.request("GET", "/nowhere");
  EXPECT_EQ(failed.text("requestId"), failed.field("x-request-id"));
}

TEST(Session, ABlankLineBehindABodyIsNoHeader) {
  ServerOptions options;
  options.config.header_timeout = Millis{100};
  options.config.idle_timeout = Millis{400};
  TestServer server(options);
  RawClient client(server.port());
  client.send(request_text("PUT", "/v1/objects/c/n", "hello", {}) + "\r\n");
  EXPECT_EQ(client.receive().status, 201);
  EXPECT_TRUE(client.is_closed()) << "a 408 that nobody asked for";
}

TEST(Session, WhatNeverBecomesARequestCostsItsAddressAsMuch) {
  for (const std::string& refused :
       {"GET / HTTP/1.1\nHost: test\n\n"s, "GET / HTTP/1.1\r\nHost: test\r\nContent-Length: x\r\n\r\n"s,
        "GET *  HTTP/1.1\r\nHost: test\r\n\r\n"s, "GET /nowhere HTTP/1.1\r\nHost: test\r\n\r\n"s,
        "GET /%zz HTTP/1.1\r\nHost: test\r\n\r\n"s,
        "GET / HTTP/1.1\r\nHost: test\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n"}) {
    ServerOptions options;
    options.client_limits.request_rate = 1;
    TestServer server(options);
    Answer answer;
    for (int i = 0; i < 4; ++i) {
      RawClient client(server.port());
      client.send(refused);
      answer = client.receive();
    }
    EXPECT_EQ(answer.status, 429) << refused;
  }
}

TEST(Session, RateIsLimitedByAddress) {
  ServerOptions options;
  options.client_limits.request_rate = 1;
  TestServer server(options);
  Answer answer;
  for (int i = 0; i < 5; ++i) answer = server.request("GET", "/v1/uploads");
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.text("reason"), "RATE_LIMITED");
  EXPECT_FALSE(answer.field("retry-after").empty());
  EXPECT_EQ(server.request("GET", "/healthz").status, 200) << "whoever watches the server";
}

TEST(Session, AnErrorThatIsTooLargeForTheMemoryOfAnswersHasAnAnswer) {
  TestServer server;
  const auto held = all_memory_of_answers(server);
  RawClient client(server.port());
  client.send(request_text("GET", "/v1/uploads?" + std::string(5000, 'q') + "=1", "", {}) +
              request_text("GET", "/v1/uploads", "", {}));
  const Answer answer = client.receive();
  EXPECT_EQ(answer.status, 503) << answer.body;
  EXPECT_EQ(answer.text("reason"), "BUSY");
  EXPECT_EQ(client.receive().status, 200);
  EXPECT_NE(server.log_text().find("reason=BUSY"), std::string::npos);
}

TEST(Session, ForwardedAddressCountsFromListedProxiesAlone) {
  for (const bool trusted : {false, true}) {
    ServerOptions options;
    options.client_limits.request_rate = 1;
    if (trusted) options.config.trusted_proxies = {boost::asio::ip::make_address("127.0.0.1")};
    TestServer server(options);
    Answer answer;
    for (int i = 0; i < 5; ++i) {
      answer = server.request("GET", "/v1/uploads", "",
                              {"X-Forwarded-For: evil, 192.0.2." + std::to_string(i)});
    }
    EXPECT_EQ(answer.status, trusted ? 200 : 429);
  }
}

}  // namespace
}  // namespace longshore::http
