#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <string>

#include <google/protobuf/message_lite.h>

#include "front/common/front_fixture_test.h"
#include "front/grpc/framed_test.h"
#include "front/grpc/grpc_front.h"
#include "front/grpc/http2_client_test.h"

/// For the tests of this folder: the real front on loopback, and a client of HTTP/2 that has its own way with
/// each frame.
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

struct GrpcServerOptions : StandOptions {
  GrpcConfig config;
};

/// One server with everything, on a thread of its own.
class GrpcServer : public FrontStand {
 public:
  explicit GrpcServer(const GrpcServerOptions& options = {});
  ~GrpcServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Starts a drain; the future is ready when it is over.
  std::future<void> drain(Millis patience);

  GrpcFront front;

 private:
  std::uint16_t port_ = 0;
  bool drained_ = false;
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
