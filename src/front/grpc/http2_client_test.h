#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "front/common/field.h"
#include "front/grpc/http2_session.h"

struct nghttp2_session;

namespace longshore::grpc {

/// What a test's client received on one stream.
struct StreamAnswer {
  Fields head;
  Fields trailers;
  std::string body;
  bool ended = false;   // the server has sent all
  bool closed = false;  // the stream is over
  std::uint32_t error_code = 0;

  /// In the trailers, else in the head; "" if it is in neither.
  [[nodiscard]] std::string field(std::string_view name) const;
};

/// An HTTP/2 client without a socket: nghttp2's, so that the server meets a real one. Bytes are carried by
/// whoever tests.
class Http2Client {
 public:
  Http2Client();
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;
  ~Http2Client();

  /// Opens a stream with the usual fields of a call, and `more`, which replaces those of the same name.
  StreamId call(const std::string& path, const Fields& more = {}, bool end = false);
  void send(StreamId stream, std::string bytes, bool end = false);
  void cancel(StreamId stream);
  void ping();
  /// Takes nothing more of any answer.
  void close_windows();

  [[nodiscard]] const StreamAnswer& answer(StreamId stream) { return answers_[stream]; }
  [[nodiscard]] bool goaway_received() const { return goaway_ > 0; }
  [[nodiscard]] int goaways() const { return goaway_; }
  [[nodiscard]] std::uint32_t goaway_code() const { return goaway_code_; }
  [[nodiscard]] std::int32_t window(StreamId stream) const;  // what may still be sent, 0 for a closed one
  [[nodiscard]] std::uint32_t server_setting(int id) const;
  /// Bytes of send() that the window holds back.
  [[nodiscard]] std::size_t waiting(StreamId stream) { return outgoing_[stream].bytes.size(); }

  std::string output();
  /// False: what the server sent is no HTTP/2.
  bool receive(std::string_view bytes);

 private:
  struct Outgoing {
    std::string bytes;
    bool end = false;
    bool deferred = false;
  };
  struct Callbacks;
  struct Deleter {
    void operator()(nghttp2_session* session) const;
  };

  std::map<StreamId, StreamAnswer> answers_;
  std::map<StreamId, Outgoing> outgoing_;
  int goaway_ = 0;
  std::uint32_t goaway_code_ = 0;
  std::unique_ptr<nghttp2_session, Deleter> session_;
};

}  // namespace longshore::grpc
