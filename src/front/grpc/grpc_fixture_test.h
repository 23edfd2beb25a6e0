#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <google/protobuf/message_lite.h>

#include "base/units.h"
#include "coordinator/coordinator.h"
#include "front/grpc/framed_test.h"
#include "front/grpc/grpc_front.h"
#include "front/grpc/http2_client_test.h"
#include "tests/fakes/fake_object_store.h"
#include "tests/fakes/memory_catalog.h"
#include "tests/fakes/memory_event_sink.h"
#include "tests/fakes/memory_session_store.h"

/// For the tests of this folder: the real front on loopback, the real coordinator behind it, and stores in
/// memory behind that; and a client of HTTP/2 that has its own way with each frame.
namespace longshore::grpc {

/// An answer as a gRPC client understands it.
struct CallAnswer {
  int http_status = 0;
  std::optional<int> code;  // nullopt: the stream was cut off, or nothing came
  std::string text;         // grpc-message as it was sent
  std::string reason;       // of its ErrorInfo
  std::map<std::string, std::string> metadata;
  std::optional<Millis> retry_after;
  std::string body;  // messages with their prefixes

  /// The messages of a streamed answer, in order.
  [[nodiscard]] std::vector<std::string> messages() const;
  /// The first one; a default one if there is none, or another.
  template <class Message>
  [[nodiscard]] Message message() const {
    Message parsed;
    const auto all = messages();
    if (!all.empty()) parsed.ParseFromString(all.front());
    return parsed;
  }
};

struct GrpcServerOptions {
  GrpcConfig config;
  StoreLimits limits{.part_bytes_min = 4,
                     .part_bytes_max = 8 * MiB,
                     .parts_max = 100,
                     .object_bytes_max = 64 * MiB,
                     .single_put_threshold = 1 * MiB,
                     .part_bytes_unknown_length = 1 * MiB};
  UploadPolicy policy;
  std::int64_t memory_budget = 32 * MiB;
  ClientLimits::Config client_limits;
  std::vector<std::string> not_ready;
  fakes::StoreHooks store_hooks;
  Random* random = nullptr;  // of the front, if it is to be another than the system's
};

/// One server with everything, on a thread of its own.
class GrpcServer {
 public:
  explicit GrpcServer(GrpcServerOptions options = {});
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;
  ~GrpcServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// Runs on the server's thread, where the stores may be looked at.
  template <class F>
  auto on_loop(F look) {
    std::packaged_task<std::invoke_result_t<F>()> task(std::move(look));
    auto result = task.get_future();
    boost::asio::post(loop_, [&task] { task(); });
    return result.get();
  }
  /// Waits until `condition` holds on the server's thread; false after 10 s.
  bool becomes(const std::function<bool()>& condition);
  /// Memory of bodies, without what is set aside for small pieces.
  std::int64_t body_bytes() { return buffers.in_use_bytes() - idle_bytes_; }
  /// Starts a drain; the future is ready when it is over.
  std::future<void> drain(Millis patience);

  SystemClock clock;
  SystemRandom random;
  AsioTimers timers;
  BufferPool buffers;
  Metrics metrics;
  MemoryCatalog catalog{clock};
  MemorySessionStore sessions{clock};
  fakes::FakeObjectStore store;
  MemoryEventSink events;
  Coordinator coordinator;
  ClientLimits client_limits;
  GrpcFront front;

 private:
  boost::asio::io_context loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::int64_t idle_bytes_ = 0;
  std::uint16_t port_ = 0;
  std::thread thread_;
  bool drained_ = false;
};

/// A TCP connection with deadlines: nothing here waits for ever.
class TestSocket {
 public:
  explicit TestSocket(std::uint16_t port, int receive_buffer_bytes = 0)
      : TestSocket(1, port, receive_buffer_bytes) {}
  /// From another address: 127.0.0.`host`.
  TestSocket(std::uint8_t host, std::uint16_t port, int receive_buffer_bytes = 0);
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;
  ~TestSocket();

  /// False: the server takes no more.
  bool send(std::string_view bytes);
  /// What comes within `wait`; "" also at the end.
  std::string receive(Millis wait);
  [[nodiscard]] bool ended() const { return ended_; }
  /// The server closes within 10 s, whatever it sends before.
  bool is_closed();

 private:
  int socket_;
  bool ended_ = false;
};

/// A client of HTTP/2 on a connection.
class GrpcClient {
 public:
  explicit GrpcClient(std::uint16_t port, int receive_buffer_bytes = 0)
      : GrpcClient(1, port, receive_buffer_bytes) {}
  /// From another address: 127.0.0.`host`.
  GrpcClient(std::uint8_t host, std::uint16_t port, int receive_buffer_bytes = 0)
      : socket_(host, port, receive_buffer_bytes) {}

  // Streams by hand. What is sent goes out as soon as the windows let it.
  StreamId begin(const std::string& method, const Fields& metadata = {});
  void send(StreamId stream, const std::string& bytes, bool end = false);
  void cancel(StreamId stream);
  /// Waits for the stream's end.
  CallAnswer finish(StreamId stream);
  /// Waits until `condition` holds; false after 10 s, or when the server has closed.
  bool until(const std::function<bool()>& condition);
  /// The server closes within 10 s.
  bool is_closed() {
    return until([this] { return socket_.ended(); });
  }

  // Whole calls. A method without a slash is one of UploadService.
  CallAnswer call(const std::string& method, const std::string& request, const Fields& metadata = {});
  CallAnswer call(const std::string& method, const google::protobuf::MessageLite& request,
                  const Fields& metadata = {}) {
    return call(method, framed(request), metadata);
  }
  /// Opens an upload of connector "c" and gives its id.
  std::string open_upload();

  Http2Client http2;

 private:
  /// False: nothing can come any more.
  bool exchange(Millis wait);

  TestSocket socket_;
};

}  // namespace longshore::grpc
