#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string_view>

#include "longshore/v1/longshore.pb.h"
#include <gtest/gtest.h>

#include "front/grpc/grpc_fixture_test.h"

// What becomes of calls whose connection ends, and of connections whose calls go wrong.
namespace longshore::grpc {
namespace {

/// A store that, as long as it is held, stores nothing of what it has received.
class HeldStore {
 public:
  [[nodiscard]] fakes::StoreHooks hooks() {
    fakes::StoreHooks hooks;
    hooks.pause = [this](const char* point) { return pause(point); };
    return hooks;
  }
  [[nodiscard]] bool has_received() const { return received_ > 0; }

  std::atomic<bool> held{false};

 private:
  Task<void> pause(std::string_view point) {
    if (!held || !point.ends_with(".effect")) co_return;
    ++received_;
    while (held) co_await timers_.sleep_for(Millis{1});
  }

  AsioTimers timers_;
  std::atomic<int> received_{0};
};

struct FailingRandom final : Random {
  void fill(std::span<std::uint8_t> out) override {
    if (fails) throw std::logic_error("no random bytes");
    inner.fill(out);
  }
  std::atomic<bool> fails{false};
  SystemRandom inner;
};

v1::UploadChunkRequest chunk(const std::string& upload, std::size_t bytes) {
  v1::UploadChunkRequest request;
  request.set_upload_id(upload);
  request.set_data(std::string(bytes, 'x'));
  return request;
}

std::string completion(const std::string& upload) {
  v1::CompleteUploadRequest request;
  request.set_upload_id(upload);
  return framed(request);
}

v1::UploadStatus status(GrpcClient& client, const std::string& upload) {
  v1::GetUploadStatusRequest request;
  request.set_upload_id(upload);
  return client.call("GetUploadStatus", request).message<v1::UploadStatus>();
}

TEST(GrpcConnectionEnd, AFailureOfOursEndsItsOwnCallsAlone) {
  FailingRandom random;
  GrpcServerOptions options;
  options.random = &random;
  GrpcServer server(options);
  GrpcClient client(server.port());
  v1::StreamUploadProgressRequest request;
  request.set_upload_id(client.open_upload());
  client.send(client.begin("StreamUploadProgress"), framed(request), true);
  EXPECT_TRUE(server.becomes([&] { return server.front.context().watchers == 1; }));
  random.fails = true;  // no call gets a request id
  client.send(client.begin("ListUploads"), framed(v1::ListUploadsRequest()), true);
  EXPECT_TRUE(client.is_closed());
  EXPECT_TRUE(server.becomes([&] { return server.front.context().watchers == 0; }));
  random.fails = false;
  GrpcClient other(server.port());
  EXPECT_FALSE(other.open_upload().empty());
}

TEST(GrpcConnectionEnd, TheClientReadsItAtOnceAndACompletionHasItsEffect) {
  HeldStore store;
  GrpcServerOptions options;
  options.store_hooks = store.hooks();
  GrpcServer server(options);
  GrpcClient other(server.port());
  const std::string upload = other.open_upload();
  EXPECT_EQ(other.call("UploadChunk", chunk(upload, 100)).code, 0);

  Http2Client http2;
  TestSocket socket(server.port());
  const StreamId stream = http2.call("/longshore.v1.UploadService/CompleteUpload");
  http2.send(stream, completion(upload), true);
  store.held = true;
  EXPECT_TRUE(server.becomes([&] {
    socket.send(http2.output());
    http2.receive(socket.receive(Millis{0}));
    return store.has_received();
  }));
  socket.send("this is not what HTTP/2 looks like");
  EXPECT_TRUE(socket.is_closed());
  EXPECT_EQ(server.on_loop([&] { return server.client_limits.in_flight().load(); }), 1);
  store.held = false;
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.in_flight() == 0; }));
  EXPECT_EQ(status(other, upload).state(), v1::COMPLETED);
}

TEST(GrpcConnectionEnd, ACompletionGoesOnBeyondItsDeadline) {
  HeldStore store;
  GrpcServerOptions options;
  options.store_hooks = store.hooks();
  GrpcServer server(options);
  GrpcClient client(server.port());
  const std::string upload = client.open_upload();
  EXPECT_EQ(client.call("UploadChunk", chunk(upload, 100)).code, 0);
  store.held = true;
  EXPECT_EQ(client.call("CompleteUpload", completion(upload), {{"grpc-timeout", "300m"}}).code, 4);
  EXPECT_TRUE(store.has_received());
  store.held = false;
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.in_flight() == 0; }));
  EXPECT_EQ(status(client, upload).state(), v1::COMPLETED);
}

TEST(GrpcConnectionEnd, AWholeChunkIsStoredThoughItsCallIsCancelled) {
  HeldStore store;
  GrpcServerOptions options;
  options.store_hooks = store.hooks();
  GrpcServer server(options);
  GrpcClient client(server.port());
  const std::string upload = client.open_upload();
  store.held = true;
  const StreamId stream = client.begin("UploadChunk");
  client.send(stream, framed(chunk(upload, 100)), true);
  EXPECT_TRUE(client.until([&] { return store.has_received(); }));
  client.cancel(stream);
  store.held = false;
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.in_flight() == 0; }));
  EXPECT_EQ(status(client, upload).chunks_received(), 1);
}

TEST(GrpcConnectionEnd, WhoStillSendsReadsTheAnswerOfADrain) {
  GrpcServer server;
  GrpcClient client(server.port());
  v1::UploadChunkStreamRequest header;
  header.mutable_header()->set_upload_id(client.open_upload());
  header.mutable_header()->set_size(8 * MiB);
  v1::UploadChunkStreamRequest data;
  data.set_data(std::string(8 * MiB, 'x'));
  const std::string wire = framed(header) + framed(data);
  const StreamId stream = client.begin("UploadChunkStream");
  client.send(stream, wire.substr(0, 1000));
  EXPECT_TRUE(server.becomes([&] { return server.client_limits.in_flight() == 1; }));
  auto drained = server.drain(Millis{300});
  std::size_t sent = 1000;
  client.until([&] {
    client.send(stream, wire.substr(sent, 10));
    sent += 10;
    return client.http2.answer(stream).closed;
  });
  const CallAnswer answer = client.finish(stream);
  EXPECT_EQ(answer.code, 14);
  EXPECT_EQ(answer.reason, "DRAINING");
  EXPECT_TRUE(client.is_closed());
  drained.wait();
}

TEST(GrpcConnectionEnd, ARefusedHeaderIsOverAndEndsNoOtherCall) {
  GrpcServerOptions options;
  options.config.header_timeout = Millis{200};
  GrpcServer server(options);
  GrpcClient client(server.port());
  v1::StreamUploadProgressRequest request;
  request.set_upload_id(client.open_upload());
  const StreamId watch = client.begin("StreamUploadProgress");
  client.send(watch, framed(request), true);
  const StreamId malformed = client.http2.call("/p.S/M", {{"connection", "close"}}, true);
  EXPECT_EQ(client.finish(malformed).code, std::nullopt);
  const auto end = std::chrono::steady_clock::now() + Millis{600};
  client.until([&] { return std::chrono::steady_clock::now() > end; });  // it sends nothing more
  EXPECT_FALSE(client.http2.answer(watch).closed);
}

}  // namespace
}  // namespace longshore::grpc
