#include <algorithm>
#include <memory>
#include <nghttp2/nghttp2.h>
#include <string>
#include <vector>

#include "longshore/v1/longshore.pb.h"
#include <gtest/gtest.h>

#include "front/grpc/grpc_fixture_test.h"
#include "net/memory_shares.h"

// What one client may have, and that others get through beside it: the same caps as over HTTP.
namespace longshore::grpc {
namespace {

std::string chunk(const std::string& upload, std::int64_t number, std::size_t bytes) {
  v1::UploadChunkRequest request;
  request.set_upload_id(upload);
  request.set_chunk_number(number);
  request.set_data(std::string(bytes, 'x'));
  return framed(request);
}

std::string progress_of(const std::string& upload) {
  v1::StreamUploadProgressRequest request;
  request.set_upload_id(upload);
  return framed(request);
}

TEST(GrpcClientCaps, Requests) {
  GrpcServerOptions options;
  options.client_limits.request_rate = 1;
  GrpcServer server(options);
  GrpcClient client(server.port());
  CallAnswer answer;
  for (int i = 0; i < 4; ++i) answer = client.call("ListUploads", v1::ListUploadsRequest());
  EXPECT_EQ(answer.code, 8);
  EXPECT_EQ(answer.reason, "RATE_LIMITED");
  EXPECT_EQ(answer.text, "too many requests from this address");
  EXPECT_TRUE(answer.retry_after);
  EXPECT_EQ(client.call("/grpc.health.v1.Health/Check", framed("")).code, 0) << "whoever watches the server";
  EXPECT_EQ(GrpcClient(2, server.port()).call("ListUploads", v1::ListUploadsRequest()).code, 0);
}

TEST(GrpcClientCaps, ProbesHaveAccountsOfTheirOwn) {
  GrpcServerOptions options;
  options.client_limits.request_rate = 1;
  GrpcServer server(options);
  GrpcClient client(server.port());
  CallAnswer answer;
  for (int i = 0; i < 4; ++i) answer = client.call("/grpc.health.v1.Health/Check", framed(""));
  EXPECT_EQ(answer.reason, "RATE_LIMITED");
  EXPECT_EQ(client.call("ListUploads", v1::ListUploadsRequest()).code, 0);
  GrpcClient other(2, server.port());
  const StreamId held = other.begin("/grpc.health.v1.Health/Check", {{"x-large", std::string(4000, 'y')}});
  EXPECT_TRUE(other.until(
      [&] { return server.client_limits.small_memory(ClientLimits::Asker::probe)->total() > 4000; }));
  EXPECT_EQ(server.client_limits.small_memory()->total(), 0);
  other.cancel(held);
}

TEST(GrpcClientCaps, ASecondCallHoweverFewConnections) {
  GrpcServerOptions options;
  options.client_limits.connections_max = 4;
  GrpcServer server(options);
  GrpcClient client(server.port());
  const std::string request = progress_of(client.open_upload());
  client.send(client.begin("StreamUploadProgress"), request, true);
  EXPECT_TRUE(server.becomes([&] { return server.front.context().watchers == 1; }));
  EXPECT_EQ(client.call("ListUploads", v1::ListUploadsRequest()).code, 0);
}

TEST(GrpcClientCaps, Connections) {
  GrpcServerOptions options;
  options.client_limits.connections_max = 8;  // a quarter of them for one address
  GrpcServer server(options);
  GrpcClient first(server.port());
  GrpcClient second(server.port());
  EXPECT_FALSE(first.open_upload().empty());
  EXPECT_FALSE(second.open_upload().empty());
  TestSocket third(server.port());
  EXPECT_TRUE(third.is_closed());
  EXPECT_FALSE(GrpcClient(2, server.port()).open_upload().empty());
}

TEST(GrpcClientCaps, AFloodOfConnectionsLeavesRoomForAnotherFront) {
  GrpcServerOptions options;
  options.client_limits.connections_max = 8;
  GrpcServer server(options);
  std::vector<std::unique_ptr<GrpcClient>> flood;
  for (std::uint8_t host = 1; host <= 3; ++host) {
    for (int i = 0; i < 2; ++i) {
      flood.push_back(std::make_unique<GrpcClient>(host, server.port()));
      EXPECT_FALSE(flood.back()->open_upload().empty());
    }
  }
  EXPECT_TRUE(TestSocket(4, server.port()).is_closed());
  EXPECT_TRUE(server.client_limits.connections_of_front()->take(boost::asio::ip::make_address("127.0.0.4")));
}

TEST(GrpcClientCaps, CallsCountAsConnections) {
  GrpcServerOptions options;
  options.client_limits.connections_max = 16;  // a quarter of them for one address
  GrpcServer server(options);
  GrpcClient client(server.port());
  client.open_upload();
  std::vector<StreamId> streams;
  for (int i = 0; i < 5; ++i) streams.push_back(client.begin("UploadChunk"));
  EXPECT_TRUE(client.until([&] { return client.http2.answer(streams.back()).closed; }));
  EXPECT_EQ(client.http2.answer(streams.back()).error_code, std::uint32_t{NGHTTP2_REFUSED_STREAM});
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.in_flight() == 4; }));
  EXPECT_FALSE(GrpcClient(2, server.port()).open_upload().empty());
  for (const StreamId stream : streams) client.cancel(stream);
  EXPECT_TRUE(server.becomes([&] { return server.front.context().connections->total() == 1; }));
}

/// Rows of which a page is as large as pages are.
void fill_a_page(GrpcClient& client) {
  v1::InitiateUploadRequest initiate;
  initiate.set_connector_id("c");
  (*initiate.mutable_metadata())["note"] = std::string(2000, 'n');
  for (int i = 0; i < 40; ++i) {
    initiate.set_name(std::to_string(i) + std::string(1000, 'x'));
    ASSERT_EQ(client.call("InitiateUpload", initiate).code, 0);
  }
}

TEST(GrpcClientCaps, AnswersThatNobodyTakes) {
  GrpcServerOptions options;
  options.memory_budget = 16 * MiB;  // a MiB of it for answers, a quarter of that for one client
  GrpcServer server(options);
  GrpcClient other(2, server.port());
  fill_a_page(other);
  GrpcClient client(server.port());
  client.open_upload();
  client.http2.close_windows();
  v1::ListNodesRequest list;
  list.set_page_size(1000);
  std::vector<StreamId> streams;
  for (int i = 0; i < 8; ++i) {
    streams.push_back(client.begin("/longshore.v1.NodeService/ListNodes"));
    client.send(streams.back(), framed(list), true);
  }
  const auto refused = [&] {
    return std::ranges::count_if(
        streams, [&](StreamId stream) { return client.http2.answer(stream).field("grpc-status") == "8"; });
  };
  EXPECT_TRUE(client.until([&] { return refused() >= 5; }));
  EXPECT_EQ(other.call("/longshore.v1.NodeService/ListNodes", list).code, 0);
  for (const StreamId stream : streams) client.cancel(stream);
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.in_flight() == 0; }));
  GrpcClient again(server.port());
  EXPECT_EQ(again.call("/longshore.v1.NodeService/ListNodes", list).code, 0);
}

TEST(GrpcClientCaps, ServerStreams) {
  GrpcServerOptions options;
  options.client_limits.watchers_max = 8;  // a quarter of them for one address
  GrpcServer server(options);
  std::vector<std::unique_ptr<GrpcClient>> watchers;
  for (std::uint8_t host = 2; host < 6; ++host) {
    GrpcClient& client = *watchers.emplace_back(std::make_unique<GrpcClient>(host, server.port()));
    const std::string request = progress_of(client.open_upload());
    for (int i = 0; i < 2; ++i) {
      const StreamId stream = client.begin("StreamUploadProgress");
      client.send(stream, request, true);
      EXPECT_TRUE(client.until([&] { return !client.http2.answer(stream).body.empty(); }));
    }
    if (host == 2) {
      const CallAnswer third = client.call("StreamUploadProgress", request);
      EXPECT_EQ(third.code, 8);
      EXPECT_EQ(third.reason, "RATE_LIMITED");
      EXPECT_TRUE(third.retry_after);
    }
  }
  GrpcClient late(server.port());
  const CallAnswer answer = late.call("StreamUploadProgress", progress_of(late.open_upload()));
  EXPECT_EQ(answer.code, 14);
  EXPECT_EQ(answer.reason, "BUSY");
  EXPECT_TRUE(answer.retry_after);
}

TEST(GrpcClientCaps, MoreMessagesThanThereIsMemoryForWait) {
  GrpcServerOptions options;
  options.memory_budget = 4 * MiB;  // 192 KiB for small messages, a quarter of that for one client
  GrpcServer server(options);
  GrpcClient client(server.port());
  for (const std::size_t bytes : {std::size_t{10'000}, std::size_t{20'000}}) {
    std::vector<StreamId> streams;
    std::vector<std::string> rests;
    for (int i = 0; i < 10; ++i) {
      const std::string upload = client.open_upload();
      for (std::int64_t number = 0; number < 9; ++number) {
        const std::string wire = chunk(upload, number, bytes);
        streams.push_back(client.begin("UploadChunk"));
        client.send(streams.back(), wire.substr(0, 5'000));
        rests.push_back(wire.substr(5'000));
      }
    }
    GrpcClient other(2, server.port());
    EXPECT_EQ(other.call("UploadChunk", chunk(other.open_upload(), 0, bytes)).code, 0);
    for (std::size_t i = 0; i < streams.size(); ++i) client.send(streams[i], rests[i], true);
    for (const StreamId stream : streams) {
      const CallAnswer answer = client.finish(stream);
      EXPECT_EQ(answer.code, 0) << answer.text;
    }
  }
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.small_memory()->total() == 0; }));
}

TEST(GrpcClientCaps, HeadersAreSmallMemoryToo) {
  GrpcServerOptions options;
  options.memory_budget = 8 * MiB;  // 512 KiB for small messages, a quarter of that for one client
  GrpcServer server(options);
  GrpcClient client(server.port());
  client.open_upload();
  const Fields large{{"x-large", std::string(4000, 'y')}};
  std::vector<StreamId> streams;
  for (int i = 0; i < 40; ++i) streams.push_back(client.begin("UploadChunk", large));
  EXPECT_TRUE(client.until([&] { return client.http2.answer(streams.back()).closed; }));
  EXPECT_EQ(client.finish(streams.back()).reason, "BUSY");
  GrpcClient other(2, server.port());
  EXPECT_FALSE(other.open_upload().empty());
  for (const StreamId stream : streams) client.cancel(stream);
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.small_memory()->total() == 0; }));
}

TEST(GrpcClientCaps, MemoryForMessages) {
  GrpcServerOptions options;
  options.memory_budget = 16 * MiB;  // half for reservations, a quarter of that for one client
  options.config.idle_timeout = Millis{1000};
  GrpcServer server(options);
  GrpcClient client(server.port());
  const std::string upload = client.open_upload();
  const StreamId held = client.begin("UploadChunk");
  client.send(held, chunk(upload, 0, 2 * MiB - 100).substr(0, 100'000));
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.reserved()->total() > 0; }));
  const StreamId waiting = client.begin("UploadChunk");
  client.send(waiting, chunk(upload, 1, 1 * MiB), true);
  GrpcClient other(2, server.port());
  EXPECT_EQ(other.call("UploadChunk", chunk(other.open_upload(), 0, 2 * MiB)).code, 0);
  const CallAnswer answer = client.finish(waiting);
  EXPECT_EQ(answer.code, 8);
  EXPECT_EQ(answer.reason, "RATE_LIMITED");
  EXPECT_TRUE(answer.retry_after);
  client.cancel(held);
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.reserved()->total() == 0; }));
}

TEST(GrpcClientCaps, AMessageOfAllThatIsReservable) {
  for (const std::int64_t buffers : {33, 34, 35}) {  // half of an odd number is no whole one
    GrpcServerOptions options;
    options.memory_budget = buffers * static_cast<std::int64_t>(BufferPool::kBufferBytes);
    GrpcServer server(options);
    GrpcClient client(server.port());
    const std::string upload = client.open_upload();
    const std::int64_t most = server.front.context().message_bytes_max;
    EXPECT_EQ(most, buffers / 2 * static_cast<std::int64_t>(BufferPool::kBufferBytes));
    const CallAnswer fits = client.call("UploadChunk",
                                        chunk(upload, 0, static_cast<std::size_t>(most) - 100));
    EXPECT_EQ(fits.code, 0) << fits.text;
    const std::size_t above = static_cast<std::size_t>(server.buffers.budget_bytes() / 2) + 20'000;
    const CallAnswer refused = client.call("UploadChunk", chunk(upload, 1, above));
    EXPECT_EQ(refused.reason, "PAYLOAD_TOO_LARGE") << buffers;
  }
}

}  // namespace
}  // namespace longshore::grpc
