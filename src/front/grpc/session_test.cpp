#include "front/grpc/session.h"

#include <algorithm>
#include <nghttp2/nghttp2.h>

#include "longshore/v1/longshore.pb.h"
#include <gtest/gtest.h>

#include "front/grpc/grpc_fixture_test.h"

// What a connection may do, and for how long.
namespace longshore::grpc {
namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::string_view kSettings("\0\0\0\4\0\0\0\0\0", 9);
constexpr std::string_view kSettingsAck("\0\0\0\4\1\0\0\0\0", 9);

/// Everything that is waited for is over soon.
GrpcServerOptions impatient() {
  GrpcServerOptions options;
  options.config.header_timeout = Millis{200};
  options.config.idle_timeout = Millis{400};
  return options;
}

v1::UploadChunkRequest chunk(const std::string& upload, std::size_t bytes) {
  v1::UploadChunkRequest request;
  request.set_upload_id(upload);
  request.set_data(std::string(bytes, 'x'));
  return request;
}

TEST(GrpcSession, EndsWithoutHttp2) {
  GrpcServer server(impatient());
  TestSocket silent(server.port());
  EXPECT_TRUE(silent.is_closed());
  TestSocket http(server.port());
  http.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(http.is_closed());
  TestSocket deaf(server.port());  // it never takes our settings
  deaf.send(std::string(kPreface) + std::string(kSettings));
  EXPECT_TRUE(deaf.is_closed());
}

TEST(GrpcSession, EndsWithoutHttp2HoweverMuchComes) {
  GrpcServer server(impatient());
  TestSocket busy(server.port());
  busy.send(std::string(kPreface) + std::string(kSettings));
  std::string unknown;  // frames of a type that nobody knows
  for (int i = 0; i < 10'000; ++i) unknown += std::string("\0\0\4\x7f\0\0\0\0\0abcd", 13);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  while (std::chrono::steady_clock::now() < end && busy.send(unknown)) {
  }
  EXPECT_LT(std::chrono::steady_clock::now(), end);
}

TEST(GrpcSession, EndsWithinAHeader) {
  GrpcServer server(impatient());
  TestSocket slow(server.port());
  slow.send(std::string(kPreface) + std::string(kSettings) + std::string(kSettingsAck));
  slow.send(std::string_view("\0\0\1\1\0\0\0\0\1\x83", 10));  // HEADERS that go on
  EXPECT_TRUE(slow.is_closed());
}

TEST(GrpcSession, EndsWhenItIsIdle) {
  GrpcServer server(impatient());
  GrpcClient client(server.port());
  EXPECT_FALSE(client.open_upload().empty());
  EXPECT_TRUE(client.is_closed());
  EXPECT_TRUE(client.http2.goaway_received());
  EXPECT_EQ(client.http2.goaway_code(), 0U);
}

TEST(GrpcSession, PingsDoNotKeepItOpen) {
  GrpcServer server(impatient());
  GrpcClient client(server.port());
  EXPECT_TRUE(client.until([&] {
    client.http2.ping();
    return client.http2.goaway_received();
  }));
}

TEST(GrpcSession, ALiveClientIsKeptThroughALongCall) {
  GrpcServer server(impatient());
  GrpcClient client(server.port());
  v1::StreamUploadProgressRequest request;
  request.set_upload_id(client.open_upload());
  const StreamId watch = client.begin("StreamUploadProgress");
  client.send(watch, framed(request), true);
  const auto end = std::chrono::steady_clock::now() + Millis{1500};
  client.until([&] { return std::chrono::steady_clock::now() > end; });  // it answers our pings
  EXPECT_FALSE(client.http2.goaway_received());
  EXPECT_EQ(server.front.context().watchers, 1);
}

TEST(GrpcSession, AMalformedCallEndsNoOther) {
  GrpcServer server(impatient());
  GrpcClient client(server.port());
  v1::StreamUploadProgressRequest request;
  request.set_upload_id(client.open_upload());
  const StreamId watch = client.begin("StreamUploadProgress");
  client.send(watch, framed(request), true);
  const StreamId malformed = client.begin("ListUploads", {{"connection", "close"}});
  client.send(malformed, "", true);
  EXPECT_EQ(client.finish(malformed).code, std::nullopt);
  const auto end = std::chrono::steady_clock::now() + Millis{1000};
  client.until([&] { return std::chrono::steady_clock::now() > end; });
  EXPECT_FALSE(client.http2.answer(watch).closed);
}

TEST(GrpcSession, ADeadOneIsNot) {
  GrpcServer server(impatient());
  GrpcClient client(server.port());
  v1::StreamUploadProgressRequest request;
  request.set_upload_id(client.open_upload());
  client.send(client.begin("StreamUploadProgress"), framed(request), true);
  EXPECT_TRUE(server.becomes([&] { return server.front.context().watchers == 1; }));
  EXPECT_TRUE(server.becomes([&] { return server.front.context().watchers == 0; }));  // it answers nothing
}

TEST(GrpcSession, ASlowMessageIsATimeout) {
  GrpcServerOptions options = impatient();
  options.config.body_rate_min = 100'000;
  GrpcServer server(options);
  GrpcClient client(server.port());
  const std::string wire = framed(chunk(client.open_upload(), 1'000'000));
  for (const Fields& metadata : {Fields{}, Fields{{"longshore-chunk-number", "0"}}}) {
    const StreamId stream = client.begin("UploadChunk", metadata);
    std::size_t at = 0;
    client.until([&] {  // about 10 KB a second
      client.send(stream, wire.substr(at, 100));
      at += 100;
      return client.http2.answer(stream).closed;
    });
    const CallAnswer answer = client.finish(stream);
    EXPECT_EQ(answer.code, 4);
    EXPECT_EQ(answer.reason, "REQUEST_TIMEOUT");
  }
  EXPECT_TRUE(server.becomes([&] { return server.body_bytes() == 0; }));
}

TEST(GrpcSession, ASmallRequestWaitsForNoWindow) {
  GrpcServer server;
  GrpcClient client(server.port());
  const std::string upload = client.open_upload();
  const StreamId stream = client.begin("UploadChunk");
  client.send(stream, framed(chunk(upload, 900)), true);
  EXPECT_EQ(client.http2.waiting(stream), 0U);
  EXPECT_EQ(client.finish(stream).code, 0);
}

TEST(GrpcSession, AClientThatTakesNoAnswerIsCutOff) {
  GrpcServer server(impatient());
  GrpcClient client(server.port());
  client.open_upload();
  client.http2.close_windows();
  const StreamId stream = client.begin("ListUploads");
  client.send(stream, framed(v1::ListUploadsRequest()), true);
  const CallAnswer answer = client.finish(stream);
  EXPECT_EQ(client.http2.answer(stream).error_code, std::uint32_t{NGHTTP2_CANCEL});
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.in_flight() == 0; }));
}

TEST(GrpcSession, TheDeadlineIsKeptAlsoForAClientThatDoesNot) {
  GrpcServer server;
  GrpcClient client(server.port());
  const StreamId stream = client.begin("UploadChunk", {{"grpc-timeout", "100m"}});
  client.send(stream, framed(chunk(client.open_upload(), 100'000)).substr(0, 1000));
  const CallAnswer answer = client.finish(stream);
  EXPECT_EQ(answer.code, 4);
  v1::StreamUploadProgressRequest request;
  request.set_upload_id(client.open_upload());
  EXPECT_EQ(client.call("StreamUploadProgress", request, {{"grpc-timeout", "50m"}}).code, 4);
  EXPECT_EQ(client.call("ListUploads", v1::ListUploadsRequest(), {{"grpc-timeout", "soon"}}).code, 3);
  EXPECT_TRUE(server.becomes([&] { return server.body_bytes() == 0; }));
}

TEST(GrpcSession, WhatIsNoCallIsToldSoInHttpToo) {
  GrpcServer server;
  GrpcClient client(server.port());
  const CallAnswer json = client.call("ListUploads", "{}", {{"content-type", "application/json"}});
  EXPECT_EQ(json.http_status, 415);
  EXPECT_EQ(json.code, 3);
  const CallAnswer get = client.call("ListUploads", "", {{":method", "GET"}});
  EXPECT_EQ(get.http_status, 405);
  EXPECT_EQ(get.code, 12);
  const CallAnswer unknown = client.call("/no.such.Service/Method", "");
  EXPECT_EQ(unknown.http_status, 200);
  EXPECT_EQ(unknown.code, 12);
  const CallAnswer much = client.call("ListUploads", "", {{"x-much", std::string(9000, 'y')}});
  EXPECT_EQ(much.http_status, 200);
  EXPECT_EQ(much.code, 8);
  EXPECT_EQ(much.reason, "HEADER_TOO_LARGE");
  EXPECT_EQ(client.call("ListUploads", v1::ListUploadsRequest()).code, 0);
}

TEST(GrpcSession, ThousandsOfStreamsAtOnceAreNotHad) {
  GrpcServer server;
  GrpcClient client(server.port());
  client.open_upload();
  std::vector<StreamId> streams;
  for (int i = 0; i < 150; ++i) streams.push_back(client.begin("UploadChunk"));  // nghttp2 sends a hundred
  EXPECT_TRUE(client.until([&] { return server.client_limits.in_flight() == 100; }));
  client.cancel(streams.front());
  EXPECT_TRUE(client.until([&] { return server.client_limits.in_flight() == 100; }));
}

TEST(GrpcSession, RapidResetsEndTheConnectionAndHoldNothing) {
  GrpcServer server;
  GrpcClient other(server.port());
  const std::string upload = other.open_upload();
  GrpcClient client(server.port());
  client.open_upload();
  int resets = 0;
  for (; resets < 100'000 && !client.http2.goaway_received(); ++resets) {
    const StreamId stream = client.begin("GetUploadStatus");
    client.send(stream, "");  // else it would not leave the client
    client.cancel(stream);
  }
  EXPECT_LT(resets, 100'000);
  EXPECT_EQ(other.call("UploadChunk", chunk(upload, 100'000)).code, 0);
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.in_flight() == 0; }));
}

TEST(GrpcSession, CallsThatAreCutOffAtOnceCountToo) {
  GrpcServer server;
  TestSocket client(server.port());
  std::string flood = std::string(kPreface) + std::string(kSettings) + std::string(kSettingsAck);
  constexpr std::string_view kBlock("\x83\x86\x04\x06/p.S/M\x01\x04test", 16);
  for (int stream = 1; stream < 600; stream += 2) {
    const std::string id{'\0', '\0', static_cast<char>(stream >> 8), static_cast<char>(stream)};
    flood += std::string("\0\0\x10\1\4", 5) + id + std::string(kBlock);
    flood += std::string("\0\0\4\3\0", 5) + id + std::string("\0\0\0\x08", 4);
  }
  client.send(flood);
  EXPECT_TRUE(server.becomes([&] {  // of three hundred, a hundred are looked at
    return server.metrics.exposition().find("code=\"UNAVAILABLE\",method=\"unknown\"} 200") !=
           std::string::npos;
  })) << server.metrics.exposition();
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.in_flight() == 0; }));
}

TEST(GrpcSession, WhoFloodsIsToldSo) {
  GrpcServer server;
  GrpcClient client(server.port());
  client.open_upload();
  for (int i = 0; i < 5000; ++i) client.http2.ping();
  EXPECT_TRUE(client.until([&] { return client.http2.goaway_received(); }));
  EXPECT_EQ(client.http2.goaway_code(), std::uint32_t{NGHTTP2_ENHANCE_YOUR_CALM});
  EXPECT_TRUE(client.is_closed());
}

TEST(GrpcSession, AFloodFromAClientThatDoesNotReadEnds) {
  GrpcServer server;
  TestSocket flooder(server.port(), 4096);
  flooder.send(std::string(kPreface) + std::string(kSettings) + std::string(kSettingsAck));
  std::string pings;
  for (int i = 0; i < 1000; ++i) pings += std::string("\0\0\x08\6\0\0\0\0\0", 9) + "12345678";
  int sent = 0;
  while (sent < 10'000 && flooder.send(pings)) ++sent;
  EXPECT_LT(sent, 10'000);
  GrpcClient client(server.port());
  EXPECT_FALSE(client.open_upload().empty());
}

}  // namespace
}  // namespace longshore::grpc
