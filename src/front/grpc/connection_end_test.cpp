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

/// A server on such a store and such random bytes, and a client of it.
class GrpcConnectionEnd : public testing::Test {
 protected:
  std::string open_upload_of_one_chunk() {
    std::string upload = client_.open_upload();
    EXPECT_EQ(client_.call("UploadChunk", chunk(upload, 100)).code, 0);
    return upload;
  }
  StreamId begin_watch() {
    v1::StreamUploadProgressRequest request;
    request.set_upload_id(client_.open_upload());
    const StreamId stream = client_.begin("StreamUploadProgress");
    client_.send(stream, framed(request), true);
    return stream;
  }
  bool becomes_in_flight(int calls) {
    return server_.becomes([&] { return server_.client_limits.in_flight() == calls; });
  }
  bool becomes_watched(int streams) {
    return server_.becomes([&] { return server_.front.context().watchers == streams; });
  }

  HeldStore store_;
  FailingRandom random_;
  GrpcServer server_{options()};
  GrpcClient client_{server_.port()};

 private:
  GrpcServerOptions options() {
    GrpcServerOptions options;
    options.config.header_timeout = Millis{500};
    options.store_hooks = store_.hooks();
    options.random = &random_;
    return options;
  }
};

TEST_F(GrpcConnectionEnd, AFailureOfOursEndsItsOwnCallsAlone) {
  begin_watch();
  EXPECT_TRUE(becomes_watched(1));
  random_.fails = true;  // no call gets a request id
  client_.send(client_.begin("ListUploads"), framed(v1::ListUploadsRequest()), true);
  EXPECT_TRUE(client_.is_closed());
  EXPECT_TRUE(becomes_watched(0));
  random_.fails = false;
  GrpcClient other(server_.port());
  EXPECT_FALSE(other.open_upload().empty());
}

TEST_F(GrpcConnectionEnd, TheClientReadsItAtOnceAndACompletionHasItsEffect) {
  const std::string upload = open_upload_of_one_chunk();
  Http2Client http2;
  TestSocket socket(server_.port());
  const StreamId stream = http2.call("/longshore.v1.UploadService/CompleteUpload");
  http2.send(stream, completion(upload), true);
  store_.held = true;
  EXPECT_TRUE(server_.becomes([&] {
    socket.send(http2.output());
    http2.receive(socket.receive(Millis{0}));
    return store_.has_received();
  }));
  socket.send("this is not what HTTP/2 looks like");
  EXPECT_TRUE(socket.is_closed());
  EXPECT_EQ(server_.on_loop([&] { return server_.client_limits.in_flight().load(); }), 1);
  store_.held = false;
  EXPECT_TRUE(becomes_in_flight(0));
  EXPECT_EQ(status(client_, upload).state(), v1::COMPLETED);
}

TEST_F(GrpcConnectionEnd, ACompletionGoesOnBeyondItsDeadline) {
  const std::string upload = open_upload_of_one_chunk();
  store_.held = true;
  EXPECT_EQ(client_.call("CompleteUpload", completion(upload), {{"grpc-timeout", "300m"}}).code, 4);
  EXPECT_TRUE(store_.has_received());
  store_.held = false;
  EXPECT_TRUE(becomes_in_flight(0));
  EXPECT_EQ(status(client_, upload).state(), v1::COMPLETED);
}

TEST_F(GrpcConnectionEnd, AWholeChunkIsStoredThoughItsCallIsCancelled) {
  const std::string upload = client_.open_upload();
  store_.held = true;
  const StreamId stream = client_.begin("UploadChunk");
  client_.send(stream, framed(chunk(upload, 100)), true);
  EXPECT_TRUE(client_.until([&] { return store_.has_received(); }));
  client_.cancel(stream);
  store_.held = false;
  EXPECT_TRUE(becomes_in_flight(0));
  EXPECT_EQ(status(client_, upload).chunks_received(), 1);
}

TEST_F(GrpcConnectionEnd, WhoStillSendsReadsTheAnswerOfADrain) {
  v1::UploadChunkStreamRequest header;
  header.mutable_header()->set_upload_id(client_.open_upload());
  header.mutable_header()->set_size(8 * MiB);
  v1::UploadChunkStreamRequest data;
  data.set_data(std::string(8 * MiB, 'x'));
  const std::string wire = framed(header) + framed(data);
  const StreamId stream = client_.begin("UploadChunkStream");
  client_.send(stream, wire.substr(0, 1000));
  EXPECT_TRUE(becomes_in_flight(1));
  auto drained = server_.drain(Millis{300});
  std::size_t sent = 1000;
  client_.until([&] {
    client_.send(stream, wire.substr(sent, 10));
    sent += 10;
    return client_.http2.answer(stream).closed;
  });
  const CallAnswer answer = client_.finish(stream);
  EXPECT_EQ(answer.code, 14);
  EXPECT_EQ(answer.reason, "DRAINING");
  EXPECT_TRUE(client_.is_closed());
  drained.wait();
}

TEST_F(GrpcConnectionEnd, ARefusedHeaderIsOverAndEndsNoOtherCall) {
  const StreamId watch = begin_watch();
  const StreamId malformed = client_.http2.call("/p.S/M", {{"connection", "close"}}, true);
  EXPECT_EQ(client_.finish(malformed).code, std::nullopt);
  const auto end = std::chrono::steady_clock::now() + Millis{1200};
  client_.until([&] { return std::chrono::steady_clock::now() > end; });  // it sends nothing more
  EXPECT_FALSE(client_.http2.answer(watch).closed);
}

}  // namespace
}  // namespace longshore::grpc
