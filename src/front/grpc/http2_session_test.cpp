#include "front/grpc/http2_session.h"

#include <nghttp2/nghttp2.h>
#include <stdexcept>

#include <gtest/gtest.h>

#include "front/grpc/http2_client_test.h"

namespace longshore::grpc {
namespace {

struct Recorder final : Http2Events {
  bool on_request(StreamId stream, RequestHead head) override {
    if (!takes_calls) return false;
    heads[stream] = std::move(head);
    return true;
  }
  bool on_data(StreamId stream, ByteView bytes) override {
    data[stream] += as_text(bytes);
    return takes_all;
  }
  void on_request_end(StreamId stream) override { ends.push_back(stream); }
  void on_sent(StreamId) override { ++sent; }
  void on_closed(StreamId stream) override { closed.push_back(stream); }

  std::map<StreamId, RequestHead> heads;
  std::map<StreamId, std::string> data;
  std::vector<StreamId> ends;
  std::vector<StreamId> closed;
  int sent = 0;
  bool takes_all = true;
  bool takes_calls = true;
};

class Http2SessionTest : public testing::Test {
 protected:
  /// Carries bytes until neither side has any.
  void exchange() {
    for (int turns = 0; turns < 1000; ++turns) {
      const std::string there = client.output();
      server.receive(as_bytes(there));
      std::string back;
      server.take_output(back, 1 << 20);
      ASSERT_TRUE(client.receive(back));
      if (there.empty() && back.empty()) return;
    }
    FAIL() << "they do not come to an end";
  }
  /// What the client has to say, without its getting an answer.
  void one_way() {
    const std::string there = client.output();
    server.receive(as_bytes(there));
  }
  StreamId opened() {
    exchange();
    const StreamId stream = client.call("/p.S/M");
    exchange();
    return stream;
  }

  Recorder events;
  Http2Session server{events};
  Http2Client client;
};

const Fields kOk{{":status", "200"}, {"content-type", "application/grpc"}};

TEST_F(Http2SessionTest, ACallAndItsAnswer) {
  const StreamId stream = client.call("/p.S/M", {{"x-test", "1"}});
  client.send(stream, "hello", true);
  exchange();
  ASSERT_TRUE(events.heads.contains(stream));
  EXPECT_EQ(events.heads[stream].path, "/p.S/M");
  EXPECT_EQ(*events.heads[stream].find("x-test"), "1");
  EXPECT_EQ(events.data[stream], "hello");
  EXPECT_EQ(events.ends, std::vector{stream});

  server.send_head(stream, kOk);
  server.send_data(stream, "answer");
  EXPECT_EQ(server.unsent(stream), 6U);
  server.send_trailers(stream, {{"grpc-status", "0"}});
  exchange();
  const StreamAnswer& answer = client.answer(stream);
  EXPECT_EQ(answer.field(":status"), "200");
  EXPECT_EQ(answer.body, "answer");
  EXPECT_EQ(answer.trailers, (Fields{{"grpc-status", "0"}}));
  EXPECT_TRUE(answer.closed);
  EXPECT_EQ(answer.error_code, 0U);
  EXPECT_EQ(events.closed, std::vector{stream});
  EXPECT_GT(events.sent, 0);
}

TEST_F(Http2SessionTest, SaysWhatItTakes) {
  exchange();
  EXPECT_TRUE(server.is_established());
  EXPECT_EQ(client.server_setting(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS), 100U);
  EXPECT_EQ(client.server_setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE), 1024U);
  EXPECT_EQ(client.server_setting(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE), 8192U);
}

TEST_F(Http2SessionTest, AnAnswerInPieces) {
  const StreamId stream = opened();
  server.send_head(stream, kOk);
  exchange();
  EXPECT_EQ(client.answer(stream).field(":status"), "200");
  server.send_data(stream, "one");
  exchange();
  EXPECT_EQ(client.answer(stream).body, "one");
  server.send_data(stream, std::string(100'000, 'x'));  // beyond the client's window
  exchange();
  server.send_trailers(stream, {{"grpc-status", "0"}});
  exchange();
  EXPECT_EQ(client.answer(stream).body.size(), 100'003U);
  EXPECT_TRUE(client.answer(stream).ended);
}

TEST_F(Http2SessionTest, AnAnswerEndsAStreamWhoseClientStillSends) {
  const StreamId stream = opened();
  client.send(stream, "begun");
  exchange();
  server.send_head_alone(stream, {{":status", "200"}, {"grpc-status", "3"}});
  exchange();
  EXPECT_TRUE(client.answer(stream).closed);
  EXPECT_EQ(client.answer(stream).error_code, 0U);
  EXPECT_EQ(client.answer(stream).field("grpc-status"), "3");
  EXPECT_EQ(events.closed, std::vector{stream});
}

TEST_F(Http2SessionTest, TheFirstWindowIsSmall) {
  const StreamId stream = opened();
  client.send(stream, std::string(100'000, 'x'));
  exchange();
  EXPECT_EQ(events.data[stream].size(), 1024U);

  server.open_window(stream, 50'000);
  exchange();
  EXPECT_EQ(events.data[stream].size(), 50'000U);

  server.give_back(stream, 30'000);
  exchange();
  EXPECT_EQ(events.data[stream].size(), 80'000U);
}

TEST_F(Http2SessionTest, AWindowOpenedBeforeTheSettingsWereTakenIsWhole) {
  const StreamId stream = client.call("/p.S/M");
  client.send(stream, std::string(100'000, 'x'));
  one_way();  // 65,535 bytes: the client does not know our settings
  EXPECT_EQ(events.data[stream].size(), 65'535U);
  server.open_window(stream, 90'000);
  exchange();
  EXPECT_EQ(events.data[stream].size(), 90'000U);
}

TEST_F(Http2SessionTest, OneStreamDoesNotHoldUpAnother) {
  const StreamId stuck = opened();
  client.send(stuck, std::string(1 << 20, 'x'));
  const StreamId other = opened();
  server.open_window(other, 1 << 20);
  client.send(other, std::string(1 << 20, 'y'), true);
  exchange();
  EXPECT_EQ(events.data[stuck].size(), 1024U);
  EXPECT_EQ(events.data[other].size(), 1U << 20);
}

TEST_F(Http2SessionTest, StopsWhereItIsTold) {
  const StreamId stream = opened();
  server.open_window(stream, 10'000);
  exchange();
  events.takes_all = false;
  client.send(stream, std::string(3000, 'x'));
  std::string there = client.output();
  client.send(stream, std::string(2000, 'y'), true);
  there += client.output();
  const std::size_t taken = server.receive(as_bytes(there));
  EXPECT_LT(taken, there.size());
  EXPECT_EQ(events.data[stream], std::string(3000, 'x'));
  events.takes_all = true;
  EXPECT_EQ(server.receive(as_bytes(there).subspan(taken)), there.size() - taken);
  EXPECT_EQ(events.data[stream].size(), 5000U);
  EXPECT_EQ(events.ends, std::vector{stream});
}

TEST_F(Http2SessionTest, ACancelledStreamIsClosed) {
  const StreamId stream = opened();
  client.cancel(stream);
  exchange();
  EXPECT_EQ(events.closed, std::vector{stream});
  server.send_head(stream, kOk);  // too late: nothing happens
  server.send_data(stream, "x");
  server.send_trailers(stream, {{"grpc-status", "0"}});
  server.open_window(stream, 1 << 20);
  server.give_back(stream, 1);
  exchange();
}

TEST_F(Http2SessionTest, ARefusedStream) {
  events.takes_calls = false;
  const StreamId stream = opened();
  EXPECT_EQ(client.answer(stream).error_code, std::uint32_t{NGHTTP2_REFUSED_STREAM});
  EXPECT_TRUE(events.closed.empty());
}

TEST_F(Http2SessionTest, MetadataBeyondTheLimitIsReported) {
  exchange();
  const StreamId stream = client.call("/p.S/M",
                                      {{"a", std::string(6000, 'x')}, {"b", std::string(6000, 'x')}});
  exchange();
  ASSERT_TRUE(events.heads.contains(stream));
  EXPECT_TRUE(events.heads[stream].too_large);
  EXPECT_EQ(events.heads[stream].find("b"), nullptr);
}

TEST_F(Http2SessionTest, DrainsInTwoSteps) {
  const StreamId first = opened();
  server.announce_end();
  std::string notice;
  server.take_output(notice, 1 << 20);
  const StreamId second = client.call("/p.S/M", {}, true);  // under way while the notice was
  exchange();
  ASSERT_TRUE(client.receive(notice));
  EXPECT_EQ(client.goaways(), 1);
  EXPECT_TRUE(events.heads.contains(second));

  server.refuse_new_streams();
  exchange();
  EXPECT_EQ(client.goaways(), 2);
  EXPECT_EQ(client.goaway_code(), 0U);
  EXPECT_FALSE(server.is_over());
  for (const StreamId stream : {first, second}) server.send_head_alone(stream, {{":status", "200"}});
  exchange();
  EXPECT_TRUE(server.is_over());
}

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  const auto byte = [](std::size_t value) { return static_cast<char>(value & 0xFF); };
  std::string bytes{byte(payload.size() >> 16), byte(payload.size() >> 8), byte(payload.size()),
                    static_cast<char>(type),    static_cast<char>(flags),  byte(stream >> 24),
                    byte(stream >> 16),         byte(stream >> 8),         byte(stream)};
  return bytes.append(payload);
}

/// Sends `flood` until the server has enough of it; how often that was.
int frames_taken(Http2Session& server, Http2Client& client, const std::string& flood, int most) {
  for (int i = 0; i < most; ++i) {
    try {
      server.receive(as_bytes(flood));
    } catch (const Http2Failure&) {
      most = i;
    }
    std::string output;
    server.take_output(output, 1 << 20);
    client.receive(output);
    if (server.is_over()) most = i;
  }
  return most;
}

TEST_F(Http2SessionTest, FloodsOfPingsSettingsAndTheLikeEnd) {
  exchange();
  EXPECT_LT(frames_taken(server, client, frame(NGHTTP2_PING, 0, 0, "12345678"), 100'000), 3000);
  EXPECT_EQ(client.goaway_code(), std::uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
}

TEST_F(Http2SessionTest, FloodsOfSettingsEnd) {
  exchange();
  EXPECT_LT(frames_taken(server, client, frame(NGHTTP2_SETTINGS, 0, 0, ""), 100'000), 3000);
}

/// A call's header of this stream, as short as it gets.
std::string headers(std::uint32_t stream) {
  constexpr std::uint8_t kEndHeaders = 4;
  return frame(NGHTTP2_HEADERS, kEndHeaders, stream, std::string("\x83\x86\x04\x06/p.S/M\x01\x04test"));
}

TEST_F(Http2SessionTest, FloodsOfRefusedCallsEnd) {
  events.takes_calls = false;
  one_way();  // it takes none of our settings, and reads nothing
  std::uint32_t stream = 1;
  const auto flood = [&] {
    for (int i = 0; i < 100'000; ++i, stream += 2) server.receive(as_bytes(headers(stream)));
  };
  EXPECT_THROW(flood(), Http2Failure);
  EXPECT_LT(stream, 2 * 3000U);
}

TEST_F(Http2SessionTest, FloodsOfCallsBeyondTheLimitEnd) {
  one_way();
  std::uint32_t stream = 1;
  const auto flood = [&] {
    for (int i = 0; i < 100'000; ++i, stream += 2) server.receive(as_bytes(headers(stream)));
  };
  EXPECT_THROW(flood(), Http2Failure);
  EXPECT_LT(stream, 2 * 2000U);
}

TEST_F(Http2SessionTest, FloodsOfFramesThatNobodyKnowsEnd) {
  exchange();
  constexpr std::uint8_t kUnknown = 0x7f;
  const std::string some = frame(kUnknown, 0, 0, std::string(16'000, 'x'));
  EXPECT_LT(frames_taken(server, client, some, 100'000), 3000);
  EXPECT_EQ(client.goaway_code(), std::uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
}

TEST_F(Http2SessionTest, FloodsOfPaddingEnd) {
  const auto stream = static_cast<std::uint32_t>(opened());
  const std::string padding = frame(NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, stream,
                                    std::string(1, '\xff') + std::string(255, '\0'));
  EXPECT_LT(frames_taken(server, client, padding, 100'000), 3000);
}

TEST_F(Http2SessionTest, DataOfAnAnsweredCallEndsNothing) {
  const auto stream = static_cast<std::uint32_t>(opened());
  server.send_head_alone(static_cast<StreamId>(stream), kOk);
  std::string answer;
  server.take_output(answer, 1 << 20);
  const std::string late = frame(NGHTTP2_DATA, 0, stream, std::string(16'000, 'x'));
  EXPECT_EQ(frames_taken(server, client, late, 1000), 1000);
}

TEST_F(Http2SessionTest, AnUploadInSmallFramesIsNoFlood) {
  const auto stream = static_cast<std::uint32_t>(opened());
  const std::string some = frame(NGHTTP2_DATA, 0, stream, "x");
  EXPECT_EQ(frames_taken(server, client, some, 10'000), 10'000);
}

TEST_F(Http2SessionTest, WhatACallbackThrowsComesOut) {
  struct Failing final : Http2Events {
    bool on_request(StreamId, RequestHead) override { return true; }
    bool on_data(StreamId, ByteView) override { throw std::logic_error("not to be"); }
    void on_request_end(StreamId) override {}
    void on_sent(StreamId) override {}
    void on_closed(StreamId) override {}
  };
  Failing failing;
  Http2Session session(failing);
  const StreamId stream = client.call("/p.S/M");
  client.send(stream, "x");
  const std::string there = client.output();
  EXPECT_THROW(session.receive(as_bytes(there)), std::logic_error);
}

TEST_F(Http2SessionTest, AHeaderThatIsRefusedIsOver) {
  exchange();
  constexpr std::uint8_t kEndHeaders = 4;
  server.receive(as_bytes(frame(NGHTTP2_HEADERS, kEndHeaders, 1, "\x83")));  // without a path
  std::string output;
  server.take_output(output, 1 << 20);
  EXPECT_EQ(server.header_of(), std::nullopt);
  EXPECT_TRUE(events.heads.empty());
}

TEST_F(Http2SessionTest, FloodsOfEmptyDataEnd) {
  const StreamId stream = opened();
  EXPECT_LT(
      frames_taken(server, client, frame(NGHTTP2_DATA, 0, static_cast<std::uint32_t>(stream), ""), 100'000),
      3000);
}

TEST_F(Http2SessionTest, FloodsOfResetsEnd) {
  exchange();
  int opened_streams = 0;
  for (; opened_streams < 100'000 && !client.goaway_received(); ++opened_streams) {
    const StreamId stream = client.call("/p.S/M");
    one_way();
    client.cancel(stream);
    exchange();
  }
  EXPECT_LT(opened_streams, 3000);
  EXPECT_EQ(events.closed.size(), events.heads.size());
}

TEST_F(Http2SessionTest, AnEndlessHeaderEnds) {
  exchange();
  const std::string field = std::string("\x00\x01x\x7f\x80\x01", 6) + std::string(255, 'v');
  std::string block;
  for (int i = 0; i < 60; ++i) block += field;
  server.receive(as_bytes(frame(NGHTTP2_HEADERS, 0, 1, block)));
  EXPECT_EQ(server.header_of(), 1);
  EXPECT_LE(frames_taken(server, client, frame(NGHTTP2_CONTINUATION, 0, 1, block), 1000), 4);
}

TEST_F(Http2SessionTest, WhatIsNoHttp2IsRefused) {
  EXPECT_THROW(server.receive(as_bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n")), Http2Failure);
}

}  // namespace
}  // namespace longshore::grpc
