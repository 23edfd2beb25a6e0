#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "net/http_connection.h"
#include "net/http_message.h"
#include "net/timers.h"

struct nghttp2_session;

namespace longshore::bench {

/// A stretch of what a call sends: a text, then bytes of the pattern.
struct Stretch {
  std::string text;
  std::int64_t pattern_bytes = 0;
};

struct GrpcCall {
  std::string method;  // "UploadChunk", of the UploadService
  HttpFields metadata;
  std::deque<Stretch> stretches;  // messages, each with its length in front
  Millis pace{0};                 // the pattern's bytes are spread over this time
};

/// A client's connection that speaks gRPC, one call after the other. Connects when it is first needed.
class GrpcLink {
 public:
  GrpcLink(HttpEndpoint server, Timers& timers);
  GrpcLink(const GrpcLink&) = delete;
  GrpcLink& operator=(const GrpcLink&) = delete;
  ~GrpcLink();

  /// The one message of the answer. Throws std::runtime_error unless the call ends well.
  boost::asio::awaitable<std::string> call(GrpcCall call);

 private:
  class Stream;
  struct Callbacks;
  struct Deleter {
    void operator()(nghttp2_session* session) const;
  };

  boost::asio::awaitable<void> connect();
  boost::asio::awaitable<bool> flush();
  bool read_what_is_there();
  void fill_output();

  const HttpEndpoint server_;
  Timers& timers_;
  std::unique_ptr<HttpConnection> connection_;
  std::unique_ptr<nghttp2_session, Deleter> session_;
  std::unique_ptr<Stream> stream_;  // the call under way
  std::string output_;
};

}  // namespace longshore::bench
