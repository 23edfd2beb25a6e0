#include "front/grpc/grpc_front.h"

#include <chrono>
#include <nghttp2/nghttp2.h>
#include <optional>
#include <string_view>

#include "longshore/v1/longshore.pb.h"
#include <gtest/gtest.h>

#include "front/grpc/grpc_fixture_test.h"

namespace longshore::grpc {
namespace {

std::string chunk(const std::string& upload, std::size_t bytes) {
  v1::UploadChunkRequest request;
  request.set_upload_id(upload);
  request.set_data(std::string(bytes, 'x'));
  return framed(request);
}

TEST(GrpcFront, ADrainLetsCallsFinish) {
  GrpcServer server;
  GrpcClient client(server.port());
  const std::string wire = chunk(client.open_upload(), 100'000);
  const StreamId stream = client.begin("UploadChunk");
  client.send(stream, wire.substr(0, 10'000));
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.in_flight() == 1; }));

  auto drained = server.drain(Millis{10'000});
  EXPECT_TRUE(client.until([&] { return client.http2.goaways() == 2; }));
  client.send(stream, wire.substr(10'000), true);
  EXPECT_EQ(client.finish(stream).code, 0);
  drained.wait();
  EXPECT_TRUE(client.is_closed());
}

TEST(GrpcFront, ACallBegunBeforeTheLastWordIsServed) {
  GrpcServer server;
  Http2Client client;
  std::optional<TestSocket> socket(std::in_place, server.port());
  const auto exchange = [&] {
    socket->send(client.output());
    client.receive(socket->receive(Millis{10}));
    socket->send(client.output());
  };
  EXPECT_TRUE(server.becomes([&] {
    exchange();
    return client.server_setting(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE) == Http2Session::kFirstWindowBytes;
  }));
  auto drained = server.drain(Millis{10'000});
  constexpr std::string_view kGoawayHead("\0\0\x08\7\0\0\0\0\0", 9);
  std::string notice;  // that the client has not looked at yet
  while (notice.find(kGoawayHead) == std::string::npos && !socket->ended())
    notice += socket->receive(Millis{10'000});
  const StreamId stream = client.call("/longshore.v1.UploadService/ListUploads");
  client.send(stream, framed(v1::ListUploadsRequest()), true);
  socket->send(client.output());
  client.receive(notice);
  EXPECT_EQ(client.goaways(), 1);
  while (!client.answer(stream).closed && !socket->ended()) exchange();
  EXPECT_EQ(client.answer(stream).field("grpc-status"), "0");
  socket.reset();
  drained.wait();
}

TEST(GrpcFront, ADrainOutOfTimeEndsWhatIsLeft) {
  GrpcServer server;
  GrpcClient client(server.port());
  const StreamId stream = client.begin("UploadChunk");
  client.send(stream, chunk(client.open_upload(), 100'000).substr(0, 10'000));
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.in_flight() == 1; }));
  const auto begun = std::chrono::steady_clock::now();
  server.drain(Millis{300}).wait();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds{5});
  EXPECT_EQ(server.client_limits.in_flight(), 0);
  EXPECT_EQ(server.body_bytes(), 0);
  const CallAnswer answer = client.finish(stream);
  EXPECT_EQ(answer.code, 14);
  EXPECT_EQ(answer.reason, "DRAINING");
  EXPECT_NE(server.metrics.exposition().find(
                "code=\"UNAVAILABLE\",method=\"/longshore.v1.UploadService/UploadChunk\"} 1"),
            std::string::npos);
}

TEST(GrpcFront, AProgressStreamIsToldHowTheDrainEnded) {
  GrpcServer server;
  GrpcClient client(server.port());
  const std::string upload = client.open_upload();
  v1::StreamUploadProgressRequest request;
  request.set_upload_id(upload);
  const StreamId watch = client.begin("StreamUploadProgress");
  client.send(watch, framed(request), true);
  const std::string wire = chunk(upload, 100'000);
  const StreamId stream = client.begin("UploadChunk");
  client.send(stream, wire.substr(0, 10'000));
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.in_flight() == 1; }));
  auto drained = server.drain(Millis{10'000});
  EXPECT_TRUE(client.until([&] { return client.http2.goaways() == 2; }));
  client.send(stream, wire.substr(10'000), true);
  EXPECT_EQ(client.finish(stream).code, 0);
  const CallAnswer answer = client.finish(watch);
  EXPECT_EQ(answer.code, 14);
  EXPECT_EQ(answer.reason, "DRAINING");
  v1::UploadStatus last;
  ASSERT_TRUE(last.ParseFromString(answer.messages().back()));
  EXPECT_EQ(last.chunks_received(), 1);
  drained.wait();
}

}  // namespace
}  // namespace longshore::grpc
