#include <atomic>
#include <chrono>
#include <string_view>
#include <vector>

#include "longshore/v1/longshore.pb.h"
#include <gtest/gtest.h>

#include "front/grpc/grpc_fixture_test.h"

// A store that hangs in the midst of a chunk, and a call beside it on the same connection that has nothing to
// do with that.
namespace longshore::grpc {
namespace {

/// Takes the first piece of the first chunk, and nothing more while it hangs.
class HangingStore {
 public:
  [[nodiscard]] fakes::StoreHooks hooks() {
    fakes::StoreHooks hooks;
    hooks.pause = [this](const char* point) { return pause(point); };
    return hooks;
  }
  [[nodiscard]] bool has_begun() const { return has_begun_; }

  std::atomic<bool> hangs{true};

 private:
  Task<void> pause(std::string_view point) {
    if (point != "put_part.piece" || has_begun_.exchange(true)) co_return;
    while (hangs) co_await timers_.sleep_for(Millis{1});
  }

  AsioTimers timers_;
  std::atomic<bool> has_begun_{false};
};

constexpr Millis kPatience{300};

class GrpcHangingStore : public testing::Test {
 protected:
  static GrpcServerOptions options(HangingStore& store) {
    GrpcServerOptions options;
    options.memory_budget = 8 * MiB;
    options.config.idle_timeout = kPatience;
    options.store_hooks = store.hooks();
    return options;
  }
  static std::string chunk(const std::string& upload, std::size_t bytes) {
    v1::UploadChunkRequest request;
    request.set_upload_id(upload);
    request.set_data(std::string(bytes, 'x'));
    return framed(request);
  }
  /// The call's first bytes have reached the store, and hang there.
  StreamId begin_chunk_that_hangs() {
    const StreamId stream = client_.begin("UploadChunk", {{"longshore-chunk-number", "0"}});
    client_.send(stream, hung_.substr(0, kBegun));
    EXPECT_TRUE(client_.until([&] { return store_.has_begun(); }));
    EXPECT_TRUE(server_.becomes([&] { return server_.body_bytes() == 0; }));  // nothing is read just now
    return stream;
  }
  void send_rest(StreamId stream) { client_.send(stream, hung_.substr(kBegun), true); }
  StreamId begin_innocent_call(std::size_t bytes) {
    const StreamId stream = client_.begin("UploadChunk");
    client_.send(stream, chunk(other_upload_, bytes), true);
    return stream;
  }
  void wait(Millis time) {
    const auto end = std::chrono::steady_clock::now() + time;
    client_.until([&] { return std::chrono::steady_clock::now() > end; });
  }

  HangingStore store_;
  GrpcServer server_{options(store_)};
  GrpcClient client_{server_.port()};
  const std::string hung_ = chunk(client_.open_upload(), 2 * MiB);
  const std::string other_upload_ = client_.open_upload();
  static constexpr std::size_t kBegun = 1000;
};

TEST_F(GrpcHangingStore, AnInnocentCallIsAnsweredMeanwhile) {
  const StreamId hung = begin_chunk_that_hangs();
  send_rest(hung);
  for (const std::size_t bytes : {100, 100'000}) {
    const CallAnswer answer = client_.finish(begin_innocent_call(bytes));
    EXPECT_EQ(answer.code, 0) << answer.text;
  }
  EXPECT_FALSE(client_.http2.answer(hung).closed);
  store_.hangs = false;
  EXPECT_EQ(client_.finish(hung).code, 0);
}

TEST_F(GrpcHangingStore, WithNoBufferAnInnocentCallWaitsAndIsNotToldThatItIsSlow) {
  const StreamId hung = begin_chunk_that_hangs();
  std::vector<BufferPool::Buffer> others;
  while (BufferPool::Buffer buffer = server_.buffers.try_acquire()) others.push_back(std::move(buffer));
  others.pop_back();  // for the connection to be read into
  send_rest(hung);
  const StreamId innocent = begin_innocent_call(100);
  wait(3 * kPatience);
  EXPECT_FALSE(client_.http2.answer(innocent).closed);
  store_.hangs = false;
  EXPECT_EQ(client_.finish(innocent).code, 0);
  const CallAnswer answer = client_.finish(hung);
  EXPECT_EQ(answer.code, 0) << answer.text;
}

}  // namespace
}  // namespace longshore::grpc
