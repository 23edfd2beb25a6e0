#include "net/http_answer_body.h"

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
using namespace std::string_literals;

/// Sends bytes as the answer to one request, then closes.
ScriptedServer::Script answer_with(std::string bytes) {
  return [bytes = std::move(bytes)](Peer& peer) {
    peer.read_request();
    peer.send(bytes);
  };
}

/// Sends `bytes` over and over until the client has had enough.
ScriptedServer::Script endless(std::string start, std::string bytes) {
  return [start = std::move(start), bytes = std::move(bytes)](Peer& peer) {
    peer.read_request();
    peer.send(start);
    while (peer.send(bytes)) {
    }
  };
}

/// Answers that are read, bounded, or refused.
class HttpAnswerTest : public HttpClientFixture {
 protected:
  Outcome answer_to_get(ScriptedServer::Script script) {
    ScriptedServer server({std::move(script)});
    return ask(get(server));
  }
};

TEST_F(HttpAnswerTest, ABodyInPieces) {
  std::string bytes(5'000'000, 'a');
  for (std::size_t i = 0; i < bytes.size(); i += 17) bytes[i] = static_cast<char>(i / 17);
  ScriptedServer server({answer_each([&](const SeenRequest&) { return ok(bytes); })});
  std::string received;
  const auto pull = [&](HttpRequest request) -> Task<void> {
    HttpAnswer answer = co_await client().send(std::move(request));
    for (ByteView piece = co_await answer.next(); !piece.empty(); piece = co_await answer.next()) {
      received += as_text(piece);
      EXPECT_EQ(buffers_.in_use_bytes(), static_cast<std::int64_t>(BufferPool::kBufferBytes));
    }
    EXPECT_TRUE((co_await answer.next()).empty());
    EXPECT_EQ(buffers_.in_use_bytes(), 0);
  };
  const auto pull_twice = [&](HttpRequest first, HttpRequest second) -> Task<void> {
    co_await pull(std::move(first));
    EXPECT_TRUE(received == bytes);
    received.clear();
    co_await pull(std::move(second));
  };
  run(pull_twice(get(server), get(server)));
  EXPECT_TRUE(received == bytes);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpAnswerTest, NoBufferIsHeldOnceThePieceIsReleased) {
  const std::string bytes(300'000, 'x');
  ScriptedServer server({answer_each([&](const SeenRequest&) { return ok(bytes); })});
  const auto pull = [&](HttpRequest request) -> Task<void> {
    HttpAnswer answer = co_await client().send(std::move(request));
    std::size_t received = 0;
    for (ByteView piece = co_await answer.next(); !piece.empty(); piece = co_await answer.next()) {
      received += piece.size();
      answer.release();
      EXPECT_EQ(buffers_.in_use_bytes(), 0);
    }
    EXPECT_EQ(received, bytes.size());
  };
  run(pull(get(server)));
}

TEST_F(HttpAnswerTest, NoBufferIsHeldWhileNothingComes) {
  std::promise<void> looked;
  ScriptedServer server({[&](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
    looked.get_future().wait();
    peer.send("data");
  }});
  const auto look = [&](HttpRequest request) -> Task<void> {
    HttpAnswer answer = co_await client().send(std::move(request));
    const auto pull = [&]() -> Task<std::string> { co_return std::string(as_text(co_await answer.next())); };
    std::future<std::string> pulled = spawn(pull());
    co_await timers_.sleep_for(20ms);
    EXPECT_EQ(buffers_.in_use_bytes(), 0);
    looked.set_value();
    while (pulled.wait_for(0s) != std::future_status::ready) co_await timers_.sleep_for(1ms);
    EXPECT_EQ(pulled.get(), "data");
  };
  run(look(get(server)));
}

TEST_F(HttpAnswerTest, ABodyThatEndsWithItsConnection) {
  EXPECT_EQ(answer_to_get(answer_with("HTTP/1.1 200 OK\r\n\r\nuntil the end")).body, "until the end");
  EXPECT_EQ(answer_to_get(answer_with("HTTP/1.0 200 OK\r\nServer: old\r\n\r\n")).body, "");
}

TEST_F(HttpAnswerTest, TruncatedAnswers) {
  for (const std::string& bytes : {
           ""s,
           "HTTP/1.1 20"s,
           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"s,
           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcd"s,
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"s,
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"s,
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"s,
           "HTTP/1.1 100 Continue\r\n\r\n"s,
       }) {
    const Outcome out = answer_to_get(answer_with(bytes));
    EXPECT_EQ(out.failure, HttpFailure::lost) << bytes;
    EXPECT_EQ(out.sent, HttpError::Sent::all) << bytes;
  }
}

TEST_F(HttpAnswerTest, AResetInMidAnswer) {
  const Outcome out = answer_to_get([](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
    peer.reset();
  });
  EXPECT_EQ(out.failure, HttpFailure::lost);
}

TEST_F(HttpAnswerTest, GarbageIsRefused) {
  for (const std::string& bytes : {
           "SSH-2.0-OpenSSH_9.2p1\r\n\r\n"s,
           "HTTP/2 200\r\n\r\n"s,
           "HTTP/1.1 20 OK\r\n\r\n"s,
           "HTTP/1.1 2000 OK\r\n\r\n"s,
           "HTTP/1.1 099 Low\r\n\r\n"s,
           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"s,
           "HTTP/1.1 200 OK\r\nno colon\r\n\r\n"s,
           "HTTP/1.1 200 OK\r\nA: \0\r\n\r\n"s,
           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s,
           "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"s,
           "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab"s,
           "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nab"s,
           "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nab"s,
           "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nab"s,
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"s,
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nab"s,
           "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s,
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"s,
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\nab"s,
       }) {
    EXPECT_EQ(answer_to_get(answer_with(bytes)).failure, HttpFailure::malformed) << bytes;
  }
}

TEST_F(HttpAnswerTest, EndlessThingsAreBounded) {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(answer_to_get(endless("HTTP/1.1 200 OK\r\n", "X-Padding: yes\r\n")).failure,
            HttpFailure::malformed);
  EXPECT_EQ(answer_to_get(endless("", "x")).failure, HttpFailure::malformed);
  EXPECT_EQ(answer_to_get(endless("", "HTTP/1.1 102 Processing\r\n\r\n")).failure, HttpFailure::malformed);
  EXPECT_EQ(answer_to_get(endless("HTTP/1.1 200 OK\r\n\r\n", "body")).failure, HttpFailure::too_large);
  EXPECT_EQ(answer_to_get(endless(chunked, "1000\r\n" + std::string(4096, 'x') + "\r\n")).failure,
            HttpFailure::too_large);
  EXPECT_EQ(answer_to_get(endless(chunked + "1;", "extension")).failure, HttpFailure::malformed);
  EXPECT_EQ(answer_to_get(endless(chunked + "0\r\n", "X-Trailer: yes\r\n")).failure, HttpFailure::malformed);
}

TEST_F(HttpAnswerTest, WhatIsTakenOfAnErrorIsBounded) {
  const std::string head = "HTTP/1.1 500 Internal Server Error\r\n";
  for (const std::string& start : {head + "Content-Length: 10737418240\r\n\r\n", head + "\r\n"}) {
    ScriptedServer server({endless(start, "<Error>"), answer_with(head + "Content-Length: 9\r\n\r\n<Err")});
    const auto collect = [&](HttpRequest request, std::string& text) -> Task<void> {
      HttpAnswer answer = co_await client().send(std::move(request));
      text = co_await answer.collect_some(14);
    };
    const auto collect_two = [&](HttpRequest first, HttpRequest second) -> Task<void> {
      std::string text;
      co_await collect(std::move(first), text);
      EXPECT_EQ(text, "<Error><Error>");
      co_await collect(std::move(second), text);
      EXPECT_EQ(text, "<Err");
    };
    run(collect_two(get(server), get(server)));
  }
}

TEST_F(HttpAnswerTest, AServerThatStopsInMidAnswer) {
  ScriptedServer server({[](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
    peer.wait_for_close();
  }});
  HttpRequest request = get(server);
  request.timeouts.stall = 50ms;
  EXPECT_EQ(ask(std::move(request)).failure, HttpFailure::timeout);
}

TEST_F(HttpAnswerTest, ABrokenAnswerStaysBroken) {
  ScriptedServer server({answer_with("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")});
  const auto pull = [&](HttpRequest request) -> Task<void> {
    HttpAnswer answer = co_await client().send(std::move(request));
    EXPECT_EQ(as_text(co_await answer.next()), "ab");
    int failures = 0;
    for (int i = 0; i < 2; ++i) {
      try {
        co_await answer.next();
      } catch (const HttpError&) {
        ++failures;
      }
    }
    EXPECT_EQ(failures, 2);
  };
  run(pull(get(server)));
}

}  // namespace
}  // namespace longshore
