#include "net/http_client.h"

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

/// Requests and their answers, and what becomes of connections between them.
class HttpClientTest : public HttpClientFixture {
 protected:
  /// A request over a pooled connection: the first of two, the second of which is returned.
  Outcome ask_pooled(const ScriptedServer& server, HttpRequest second) {
    std::vector<HttpRequest> requests;
    requests.push_back(get(server));
    requests.push_back(std::move(second));
    return ask_all(std::move(requests)).at(1);
  }
};

TEST_F(HttpClientTest, ARequestAndItsAnswer) {
  SeenRequest seen;
  ScriptedServer server({[&](Peer& peer) {
    seen = peer.read_request();
    peer.send("HTTP/1.1 404 Not Found\r\nX-Amz-Request-Id: 1\r\nContent-Length: 5\r\n\r\nabsen");
  }});
  HttpRequest request = get(server, "/bucket/key?uploads=");
  request.fields = {{"Range", "bytes=0-9"}};
  request.sign = [](HttpFields& fields) {
    fields.push_back({"Authorization", std::to_string(fields.size())});
  };
  const Outcome out = ask(std::move(request));
  server.finish();
  EXPECT_EQ(out.status, 404);
  EXPECT_EQ(out.body, "absen");
  ASSERT_NE(find_field(out.fields, "x-amz-request-id"), nullptr);
  EXPECT_EQ(*find_field(out.fields, "x-amz-request-id"), "1");
  EXPECT_EQ(seen.head,
            "GET /bucket/key?uploads= HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                "\r\nRange: bytes=0-9\r\nAuthorization: 1\r\n\r\n");
}

TEST_F(HttpClientTest, ANameIsLookedUp) {
  ScriptedServer server({answer_each([](const SeenRequest&) { return ok("hello"); })});
  HttpRequest request = get(server);
  request.endpoint.host = "localhost";
  EXPECT_EQ(ask(std::move(request)).body, "hello");
}

TEST_F(HttpClientTest, APostWithoutABodySaysSo) {
  ScriptedServer server(
      {answer_each([](const SeenRequest& seen) { return ok(seen.field("content-length")); })});
  HttpRequest request = get(server);
  EXPECT_EQ(ask(request).body, "");
  request.method = "POST";
  EXPECT_EQ(ask(std::move(request)).body, "0");
}

TEST_F(HttpClientTest, AnswersWithoutABody) {
  ScriptedServer server({answer_each([](const SeenRequest& seen) -> std::string {
    if (seen.line().starts_with("HEAD")) return "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    if (seen.line().starts_with("DELETE")) return "HTTP/1.1 204 No Content\r\n\r\n";
    return ok("last");
  })});
  HttpRequest head = get(server);
  head.method = "HEAD";
  HttpRequest remove = get(server);
  remove.method = "DELETE";
  const auto out = ask_all({head, remove, get(server)});
  EXPECT_EQ(out[0].status, 200);
  EXPECT_EQ(*find_field(out[0].fields, "content-length"), "1000");
  EXPECT_EQ(out[1].status, 204);
  EXPECT_EQ(out[2].body, "last");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClientTest, AConnectionServesManyRequests) {
  ScriptedServer server({answer_each([](const SeenRequest& seen) {
    if (seen.line().starts_with("GET /chunked"))
      return std::string(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\n");
    return ok(seen.line());
  })});
  const auto out = ask_all({get(server, "/1"), get(server, "/chunked"), get(server, "/3")});
  EXPECT_EQ(out[0].body, "GET /1 HTTP/1.1");
  EXPECT_EQ(out[1].body, "abcde");
  EXPECT_EQ(out[2].body, "GET /3 HTTP/1.1");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClientTest, OnlyACleanConnectionIsUsedAgain) {
  const std::vector<std::string> unclean{
      "HTTP/1.1 200 OK\r\nConnection: keep-alive, Close\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n",  // bytes that nobody asked for
  };
  for (const std::string& answer : unclean) {
    ScriptedServer server({answer_each([&](const SeenRequest&) { return answer; })});
    const auto out = ask_all({get(server), get(server)});
    EXPECT_EQ(out[0].body, "ok") << answer;
    EXPECT_EQ(out[1].body, "ok") << answer;
    EXPECT_EQ(server.connections(), 2) << answer;
  }
}

TEST_F(HttpClientTest, AnAnswerThatIsNotReadEndsItsConnection) {
  ScriptedServer server({answer_each([](const SeenRequest&) { return ok("a body"); })});
  const auto drop_one = [](HttpClient& client, HttpRequest request) -> Task<void> {
    const HttpAnswer answer = co_await client.send(std::move(request));
    EXPECT_EQ(answer.status(), 200);
  };
  const auto drop_two = [drop_one](HttpClient& client, HttpRequest first, HttpRequest second) -> Task<void> {
    co_await drop_one(client, std::move(first));
    co_await drop_one(client, std::move(second));
  };
  run(drop_two(client(), get(server), get(server)));
  EXPECT_EQ(server.connections(), 2);
}

// ---- pooled connections that turn out to be dead

TEST_F(HttpClientTest, AConnectionThatHasEndedMeanwhileIsNotUsed) {
  PieceBody body("not to be repeated", 100);
  std::promise<void> closed;
  ScriptedServer server({[&](Peer& peer) {
                           peer.read_request();
                           peer.send(ok("first"));
                           peer.end_sending();
                           closed.set_value();
                           peer.wait_for_close();
                         },
                         answer_each([](const SeenRequest& seen) { return ok(seen.body); })});
  const auto wait_until_closed = [&](PieceBody& one) {
    one.before_piece = [&]() -> Task<void> {
      closed.get_future().wait();
      co_return;
    };
  };
  wait_until_closed(body);  // so the connection dies while the body's first piece is awaited
  EXPECT_EQ(ask_pooled(server, put(server, body)).body, "not to be repeated");
  EXPECT_EQ(body.pulls, 1);
}

TEST_F(HttpClientTest, ALostRequestIsSentOnceMoreIfItMayBe) {
  const auto serve_one_then_drop = [](Peer& peer) {
    peer.read_request();
    peer.send(ok());
    peer.read_request();  // and closes without an answer
  };
  ScriptedServer server(
      {serve_one_then_drop, answer_each([](const SeenRequest& seen) { return ok(seen.body); })});
  PieceBody body("again", 2, true);
  HttpRequest request = put(server, body);
  request.repeatable = true;
  int signatures = 0;
  request.sign = [&](HttpFields&) { ++signatures; };
  EXPECT_EQ(ask_pooled(server, std::move(request)).body, "again");
  EXPECT_EQ(signatures, 2);
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpClientTest, ALostRequestIsNotSentAgainOtherwise) {
  const auto serve_one_then_drop = [](Peer& peer) {
    peer.read_request();
    peer.send(ok());
    peer.read_request();
  };
  PieceBody replayable("all", 3, true);
  PieceBody once("all", 3, false);
  for (const auto& [body, repeatable] : {std::pair{&replayable, false}, std::pair{&once, true}}) {
    ScriptedServer server({serve_one_then_drop, answer_each([](const SeenRequest&) { return ok(); })});
    HttpRequest request = put(server, *body);
    request.repeatable = repeatable;
    const Outcome out = ask_pooled(server, std::move(request));
    EXPECT_EQ(out.failure, HttpFailure::lost);
    EXPECT_EQ(out.sent, HttpError::Sent::all);
    EXPECT_EQ(server.connections(), 1);
  }
}

TEST_F(HttpClientTest, AFreshConnectionThatIsLostIsAnError) {
  ScriptedServer server({[](Peer& peer) { peer.read_request(); }});
  HttpRequest request = get(server);
  request.repeatable = true;
  const Outcome out = ask(std::move(request));
  EXPECT_EQ(out.failure, HttpFailure::lost);
  EXPECT_EQ(server.connections(), 1);
}

// ---- nobody there

TEST_F(HttpClientTest, NobodyListens) {
  std::uint16_t port = 0;
  {
    const ScriptedServer gone({[](Peer&) {}});
    port = gone.port();
  }
  HttpRequest request{
      .endpoint = {.tls = false, .host = "127.0.0.1", .port = port}, .method = "GET", .target = "/"};
  const Outcome out = ask(std::move(request));
  EXPECT_EQ(out.failure, HttpFailure::unreachable);
  EXPECT_EQ(out.sent, HttpError::Sent::nothing);
  EXPECT_EQ(out.message, "127.0.0.1:" + std::to_string(port) + " cannot be reached: Connection refused");
}

TEST_F(HttpClientTest, NoSuchName) {
  HttpRequest request{
      .endpoint = {.tls = false, .host = "no-such-host.invalid", .port = 80}, .method = "GET", .target = "/"};
  const auto failure = ask(std::move(request)).failure;
  EXPECT_TRUE(failure == HttpFailure::no_such_host || failure == HttpFailure::unreachable)
      << "no name server";
}

TEST_F(HttpClientTest, WhatWouldBreakTheRequestIsNotSent) {
  ScriptedServer server({answer_each([](const SeenRequest&) { return ok(); })});
  const auto refuse = [this](HttpRequest request) -> Task<void> {
    bool refused = false;
    try {
      co_await client().send(std::move(request));
    } catch (const std::invalid_argument&) {
      refused = true;
    }
    EXPECT_TRUE(refused);
  };
  HttpRequest request = get(server);
  request.fields = {{"x-amz-meta-a", "b\r\nx-amz-meta-c: d"}};
  run(refuse(std::move(request)));
}

}  // namespace
}  // namespace longshore
