#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include "net/http_client_fixture_test.h"

namespace longshore {
namespace {

namespace asio = boost::asio;
using fakes::answer_each;
using fakes::ok;
using fakes::Peer;
using fakes::ScriptedServer;
using fakes::SeenRequest;
using namespace std::chrono_literals;

constexpr std::size_t kMuch = 32 * 1024 * 1024;  // more than the sockets between us hold

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 2654435761U >> 13);
  return text;
}

/// The body of a request on its way, and the answer that comes meanwhile.
class HttpSendingTest : public HttpClientFixture {};

TEST_F(HttpSendingTest, ABodyInPieces) {
  const std::string bytes = pattern(3'000'001);
  SeenRequest seen;
  ScriptedServer server({[&](Peer& peer) {
    seen = peer.read_request();
    peer.send(ok("done"));
  }});
  PieceBody body(bytes, 100'000);
  const Outcome out = ask(put(server, body));
  server.finish();
  EXPECT_EQ(out.body, "done");
  EXPECT_FALSE(out.came_early);
  EXPECT_EQ(seen.field("content-length"), "3000001");
  EXPECT_EQ(seen.field("expect"), "");
  EXPECT_TRUE(seen.body == bytes);
  EXPECT_EQ(body.pulls, 31);
}

TEST_F(HttpSendingTest, AConnectionThatEndsWhileTheFirstPieceIsAwaitedIsOpenedAnew) {
  std::atomic<bool> asked = false;
  std::atomic<bool> closed = false;
  ScriptedServer server({[&](Peer& peer) {
                           while (!asked) std::this_thread::yield();
                           peer.reset();
                           closed = true;
                         },
                         answer_each([](const SeenRequest& seen) { return ok(seen.body); })});
  PieceBody body("late", 4);
  body.before_piece = [&]() -> Task<void> {
    asked = true;
    while (!closed) co_await timers_.sleep_for(Millis{5});
  };
  EXPECT_EQ(ask(put(server, body)).body, "late");
  EXPECT_EQ(body.pulls, 1);
}

TEST_F(HttpSendingTest, AServerThatClosesEachConnectionIsNotAskedForEver) {
  ScriptedServer server(
      {[](Peer& peer) { peer.reset(); }, [](Peer& peer) { peer.reset(); }, [](Peer& peer) { peer.reset(); }});
  PieceBody body("late", 4, true);
  body.before_piece = [&]() -> Task<void> { co_await timers_.sleep_for(Millis{50}); };
  EXPECT_TRUE(ask(put(server, body)).failure);  // lost, or unreachable where the reset came before all else
  EXPECT_LE(server.connections(), 2);
}

TEST_F(HttpSendingTest, AnEmptyBodyIsNotPulled) {
  ScriptedServer server(
      {answer_each([](const SeenRequest& seen) { return ok(seen.field("content-length")); })});
  PieceBody body("", 10);
  HttpRequest request = put(server, body);
  request.expect_continue = true;
  EXPECT_EQ(ask(std::move(request)).body, "0");
  EXPECT_EQ(body.pulls, 0);
}

TEST_F(HttpSendingTest, ABodyOfUnknownLengthGoesInChunks) {
  SeenRequest seen;
  std::string sent;
  ScriptedServer server({[&](Peer& peer) {
    seen = peer.read_head();
    sent = peer.read(33);
    peer.send(ok("done"));
  }});
  PieceBody body("sixteen bytes...+", 16);
  body.length_known = false;
  EXPECT_EQ(ask(put(server, body)).body, "done");
  server.finish();
  EXPECT_EQ(seen.field("transfer-encoding"), "chunked");
  EXPECT_EQ(seen.field("content-length"), "");
  EXPECT_EQ(sent, "10\r\nsixteen bytes...\r\n1\r\n+\r\n0\r\n\r\n");
  EXPECT_EQ(body.pulls, 3) << "the end is asked for once";
}

TEST_F(HttpSendingTest, AnEmptyBodyOfUnknownLengthEndsAtOnce) {
  SeenRequest seen;
  std::string sent;
  ScriptedServer server({[&](Peer& peer) {
    seen = peer.read_head();
    sent = peer.read(5);
    peer.send(ok("done"));
  }});
  PieceBody body("", 16);
  body.length_known = false;
  EXPECT_EQ(ask(put(server, body)).body, "done");
  server.finish();
  EXPECT_EQ(sent, "0\r\n\r\n");
  EXPECT_EQ(body.pulls, 1);
}

TEST_F(HttpSendingTest, ASlowServerIsWaitedFor) {
  const std::string bytes = pattern(kMuch);
  SeenRequest seen;
  ScriptedServer server({[&](Peer& peer) {
    seen = peer.read_head();
    peer.send("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    while (seen.body.size() < kMuch)
      seen.body += peer.read(std::min<std::size_t>(999'999, kMuch - seen.body.size()));
    peer.send(ok("done"));
  }});
  PieceBody body(bytes, 256 * 1024);
  EXPECT_EQ(ask(put(server, body)).body, "done");
  server.finish();
  EXPECT_TRUE(seen.body == bytes);
}

TEST_F(HttpSendingTest, TheFirstPieceComesWhenTheConnectionIsThere) {
  options_.connections_max = 1;
  int open = 0;
  ScriptedServer server({answer_each([](const SeenRequest& seen) { return ok(seen.body); })});
  PieceBody body("abc", 2);
  // The server counts it a little after the client has it.
  body.before_piece = [&]() -> Task<void> {
    for (int tries = 0; tries < 500 && open == 0; ++tries) {
      co_await timers_.sleep_for(Millis{10});
      open = server.connections();
    }
  };
  EXPECT_EQ(ask(put(server, body)).body, "abc");
  EXPECT_EQ(open, 1) << "a piece is not asked for before";
}

// ---- answers that come early

TEST_F(HttpSendingTest, AnEarlyRefusalStopsTheSending) {
  ScriptedServer server({[](Peer& peer) {
    peer.read_head();
    peer.read(64 * 1024);
    peer.send("HTTP/1.1 503 Slow Down\r\nContent-Length: 8\r\n\r\nSlowDown");
    peer.wait_for_close();
  }});
  PieceBody body(std::string(kMuch, 'x'), 256 * 1024);
  const Outcome out = ask(put(server, body));
  EXPECT_EQ(out.status, 503);
  EXPECT_EQ(out.body, "SlowDown");
  EXPECT_TRUE(out.came_early);
  EXPECT_LT(body.pulls, 128);
}

TEST_F(HttpSendingTest, AnEarlyRefusalArrivesWhileTheBodyIsAwaited) {
  const auto refuse = [](Peer& peer) {
    peer.read_head();
    peer.read(1);
    peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    peer.wait_for_close();
  };
  ScriptedServer server({refuse, refuse});
  for (const bool replayable : {true, false}) {
    PieceBody body("ab", 1, replayable);
    body.before_piece = [&]() -> Task<void> {
      if (body.pulls == 2) co_await timers_.sleep_for(1h);  // a client that went to sleep
    };
    HttpRequest request = put(server, body);
    request.timeouts.last_pull = replayable ? Millis{100} : Millis{1h};  // for nothing, where it cannot be
    const Outcome out = ask(std::move(request));
    EXPECT_EQ(out.status, 403);
    EXPECT_TRUE(out.came_early);
  }
}

TEST_F(HttpSendingTest, APullUnderWayEndsBeforeAnEarlyAnswerIsTaken) {
  std::atomic<bool> refused = false;
  ScriptedServer server({[&](Peer& peer) {
    peer.read_head();
    peer.read(1);
    peer.send("HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n");
    refused = true;
    peer.wait_for_close();
  }});
  PieceBody body("abc", 1, true);
  int ended = 0;
  body.before_piece = [&]() -> Task<void> {
    while (body.pulls == 2 && !refused) co_await timers_.sleep_for(5ms);
    if (body.pulls == 2) co_await timers_.sleep_for(100ms);
    ++ended;
  };
  const Outcome out = ask(put(server, body));
  EXPECT_EQ(out.status, 503);
  EXPECT_TRUE(out.came_early);
  EXPECT_EQ(ended, 2) << "not cancelled";
  EXPECT_EQ(body.pulls, 2) << "and nothing is pulled after it";
}

TEST_F(HttpSendingTest, TheAnswerBeatsTheBrokenPipe) {
  ScriptedServer server({[](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 14\r\n\r\nEntityTooLarge");
    peer.reset();  // with most of the body unread
  }});
  PieceBody body(std::string(kMuch, 'x'), 256 * 1024);
  const Outcome out = ask(put(server, body));
  EXPECT_EQ(out.status, 400);
  EXPECT_EQ(out.body, "EntityTooLarge");
}

TEST_F(HttpSendingTest, SuccessBeforeTheEndIsNone) {
  ScriptedServer server({[](Peer& peer) {
    peer.read_head();
    peer.send(ok());
    peer.wait_for_close();
  }});
  PieceBody body(std::string(kMuch, 'x'), 256 * 1024);
  const Outcome out = ask(put(server, body));
  EXPECT_EQ(out.failure, HttpFailure::malformed);
  EXPECT_EQ(out.sent, HttpError::Sent::all);
}

TEST_F(HttpSendingTest, AConnectionWithHalfARequestIsNotUsedAgain) {
  ScriptedServer server({[](Peer& peer) {
                           peer.read_head();
                           peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                           peer.wait_for_close();
                         },
                         answer_each([](const SeenRequest& seen) { return ok(seen.line()); })});
  PieceBody body(std::string(kMuch, 'x'), 256 * 1024);
  const auto out = ask_all({put(server, body), get(server, "/second")});
  EXPECT_EQ(out[1].body, "GET /second HTTP/1.1");
}

// ---- breaks and stalls

TEST_F(HttpSendingTest, AResetInMidBody) {
  ScriptedServer server({[](Peer& peer) {
    peer.read_head();
    peer.read(1'000'000);
    peer.reset();
  }});
  PieceBody body(std::string(kMuch, 'x'), 256 * 1024);
  const Outcome out = ask(put(server, body));
  EXPECT_EQ(out.failure, HttpFailure::lost);
  EXPECT_EQ(out.sent, HttpError::Sent::part);
}

TEST_F(HttpSendingTest, AResetAfterTheLastByte) {
  ScriptedServer server({[](Peer& peer) {
    peer.read_request();
    peer.reset();
  }});
  PieceBody body("all of it", 4);
  const Outcome out = ask(put(server, body));
  EXPECT_EQ(out.failure, HttpFailure::lost);
  EXPECT_EQ(out.sent, HttpError::Sent::all);
}

TEST_F(HttpSendingTest, AServerThatStopsReading) {
  std::promise<void> given_up;
  ScriptedServer server({[&](Peer& peer) {
    peer.read_head();
    given_up.get_future().wait();
  }});
  PieceBody body(std::string(kMuch, 'x'), 256 * 1024);
  HttpRequest request = put(server, body);
  request.timeouts.stall = 100ms;
  const Outcome out = ask(std::move(request));
  given_up.set_value();
  EXPECT_EQ(out.failure, HttpFailure::timeout);
  EXPECT_EQ(out.sent, HttpError::Sent::part);
}

TEST_F(HttpSendingTest, AServerThatDoesNotAnswer) {
  ScriptedServer server({[](Peer& peer) {
    peer.read_request();
    peer.wait_for_close();
  }});
  HttpRequest request = get(server);
  request.timeouts.answer = 100ms;
  const Outcome out = ask(std::move(request));
  EXPECT_EQ(out.failure, HttpFailure::timeout);
  EXPECT_EQ(out.sent, HttpError::Sent::all);
  EXPECT_NE(out.message.find("did not answer within 100 ms"), std::string::npos);
}

TEST_F(HttpSendingTest, NoTimeoutRunsWhileTheBodyIsAwaited) {
  ScriptedServer server({answer_each([](const SeenRequest& seen) { return ok(seen.body); })});
  PieceBody body("abc", 1);
  body.before_piece = [&]() -> Task<void> { co_await timers_.sleep_for(100ms); };
  HttpRequest request = put(server, body);
  request.timeouts.stall = 50ms;
  request.timeouts.answer = 50ms;
  EXPECT_EQ(ask(std::move(request)).body, "abc");
}

TEST_F(HttpSendingTest, WhatTheBodyThrowsComesThrough) {
  ScriptedServer server({[](Peer& peer) { EXPECT_TRUE(peer.wait_for_close()); }});
  PieceBody body("abcd", 2);
  body.before_piece = [&]() -> Task<void> {
    if (body.pulls == 2) throw std::runtime_error("cut off");
    co_return;
  };
  EXPECT_THROW(ask(put(server, body)), std::runtime_error);
}

TEST_F(HttpSendingTest, ABodyOfAnotherLengthIsABug) {
  class LongBody final : public HttpBody {
    [[nodiscard]] std::optional<std::int64_t> length() const override { return 3; }
    Task<ByteView> next() override { co_return as_bytes("four"); }
    bool rewind() override { return false; }
  };
  ScriptedServer server({[](Peer& peer) { EXPECT_TRUE(peer.read_head().head.empty()); }});
  LongBody body;
  EXPECT_THROW(ask(put(server, body)), std::logic_error);
}

// ---- Expect: 100-continue

class HttpContinueTest : public HttpClientFixture {
 protected:
  static HttpRequest expecting(const ScriptedServer& server, HttpBody& body) {
    HttpRequest request = put(server, body);
    request.expect_continue = true;
    request.timeouts.go_ahead = 10s;
    return request;
  }
};

TEST_F(HttpContinueTest, WhoNeverSaysGoAheadIsNoticed) {
  const auto asks = [this](bool says_so) {
    PieceBody body("the body", 100);
    ScriptedServer server({[&](Peer& peer) {
      peer.read_head();
      if (says_so) peer.send("HTTP/1.1 100 Continue\r\n\r\n");
      peer.read(8);
      peer.send(ok("done"));
    }});
    HttpRequest request = expecting(server, body);
    if (!says_so) request.timeouts.go_ahead = 50ms;
    return ask(std::move(request)).had_no_go_ahead;
  };
  EXPECT_TRUE(asks(false));
  EXPECT_FALSE(asks(true));
}

TEST_F(HttpContinueTest, ARefusalThatComesBeforeTheBrokenPipeCounts) {
  PieceBody body("the body", 100);
  ScriptedServer server({[&](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    peer.reset();
  }});
  EXPECT_EQ(ask(expecting(server, body)).status, 403);
  EXPECT_EQ(body.pulls, 0);
}

TEST_F(HttpContinueTest, NothingIsPulledBeforeTheGoAhead) {
  PieceBody body("the body", 100);
  int pulls_before = -1;
  SeenRequest seen;
  ScriptedServer server({[&](Peer& peer) {
    seen = peer.read_head();
    pulls_before = body.pulls;
    peer.send("HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(peer.read(8), "the body");
    peer.send(ok("done"));
  }});
  EXPECT_EQ(ask(expecting(server, body)).body, "done");
  server.finish();
  EXPECT_EQ(seen.field("expect"), "100-continue");
  EXPECT_EQ(pulls_before, 0);
}

TEST_F(HttpContinueTest, ARefusalCostsNoByteOfTheBody) {
  ScriptedServer server({[](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
    EXPECT_EQ(peer.read(1), "");
  }});
  PieceBody body("the body", 100);
  const Outcome out = ask(expecting(server, body));
  EXPECT_EQ(out.status, 403);
  EXPECT_EQ(out.body, "no");
  EXPECT_TRUE(out.came_early);
  EXPECT_EQ(body.pulls, 0);
}

TEST_F(HttpContinueTest, WithoutAWordTheBodyIsSentAfterAWhile) {
  ScriptedServer server({[](Peer& peer) {
    const SeenRequest seen = peer.read_request();
    peer.send("HTTP/1.1 100 Continue\r\n\r\n" + ok(seen.body));  // late, and no harm
  }});
  PieceBody body("the body", 100);
  HttpRequest request = expecting(server, body);
  request.timeouts.go_ahead = 50ms;
  EXPECT_EQ(ask(std::move(request)).body, "the body");
}

TEST_F(HttpContinueTest, OtherInterimAnswersAreNoGoAhead) {
  PieceBody body("the body", 100);
  int pulls_before = -1;
  ScriptedServer server({[&](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 103 Early Hints\r\n\r\n");
    EXPECT_FALSE(peer.is_readable_within(50));
    pulls_before = body.pulls;
    peer.send("HTTP/1.1 100 Continue\r\n\r\n");
    peer.read(8);
    peer.send(ok());
  }});
  EXPECT_EQ(ask(expecting(server, body)).status, 200);
  server.finish();
  EXPECT_EQ(pulls_before, 0);
}

TEST_F(HttpContinueTest, ADeadPooledConnectionCostsNoByteOfTheBody) {
  ScriptedServer server({[](Peer& peer) {
                           peer.read_request();
                           peer.send(ok());
                           peer.read_head();  // and closes in place of an answer
                         },
                         [](Peer& peer) {
                           const SeenRequest seen = peer.read_head();
                           peer.send("HTTP/1.1 100 Continue\r\n\r\n");
                           peer.send(ok(peer.read(8)));
                         }});
  PieceBody body("the body", 100);  // cannot be replayed, and the request must not be repeated
  const auto out = ask_all({get(server), expecting(server, body)});
  EXPECT_EQ(out[1].body, "the body");
  EXPECT_EQ(body.pulls, 1);
}

// ---- cancellation

class HttpCancellationTest : public HttpClientFixture {
 protected:
  void cancel() {
    asio::post(loop_, [this] { signal_.emit(asio::cancellation_type::terminal); });
  }
  Task<void> send(HttpRequest request) { co_await outcome_of(std::move(request)); }
  Task<void> send_until_cancelled(HttpRequest request) {
    bool ended = false;
    std::exception_ptr ended_by;
    asio::co_spawn(loop_, send(std::move(request)),
                   asio::bind_cancellation_slot(signal_.slot(), [&](std::exception_ptr error) {
                     ended_by = error;
                     ended = true;
                   }));
    while (!ended) co_await timers_.sleep_for(1ms);
    EXPECT_TRUE(is_abort(ended_by));
  }
  static bool is_abort(const std::exception_ptr& error) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const boost::system::system_error& thrown) {
      return thrown.code() == asio::error::operation_aborted;
    }
    return false;
  }
  /// Sends a body of three pieces to a server that does `script`, and is then to see the end.
  void send_to(ScriptedServer::Script script) {
    bool closed = false;
    {
      ScriptedServer server({[&](Peer& peer) {
        script(peer);
        closed = peer.wait_for_close();
      }});
      run(send_until_cancelled(put(server, body_)));
    }
    EXPECT_TRUE(closed);
  }
  void cancel_at_piece(int number) {
    body_.before_piece = [this, number]() -> Task<void> {
      if (body_.pulls < number) co_return;
      cancel();
      co_await timers_.sleep_for(1h);
    };
  }

  PieceBody body_{"abc", 1};

 private:
  asio::cancellation_signal signal_;
};

TEST_F(HttpCancellationTest, BeforeTheFirstPiece) {
  cancel_at_piece(1);
  send_to([](Peer&) {});
}

TEST_F(HttpCancellationTest, InTheBody) {
  cancel_at_piece(2);
  send_to([](Peer&) {});
}

TEST_F(HttpCancellationTest, WhileTheAnswerIsAwaited) {
  send_to([this](Peer& peer) {
    peer.read_request();
    cancel();
  });
}

TEST_F(HttpCancellationTest, InTheAnswer) {
  send_to([this](Peer& peer) {
    peer.read_request();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
    cancel();
  });
}

}  // namespace
}  // namespace longshore
