#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/bytes.h"
#include "base/clock.h"

namespace longshore::cli {

/// The body of a request that is streamed. Used by one request at a time, on the loop's thread.
class UploadStream {
 public:
  UploadStream() = default;
  UploadStream(const UploadStream&) = delete;
  UploadStream& operator=(const UploadStream&) = delete;
  virtual ~UploadStream() = default;

  /// Its exact length in bytes; nullopt: not known, so chunked coding carries it.
  [[nodiscard]] virtual std::optional<std::int64_t> length() const = 0;
  /// The next piece, empty at the end. It stays valid until the call after the next one: two pieces are alive
  /// at a time, so that one is read while the other is sent. Throws Failure when the bytes cannot be had.
  virtual boost::asio::awaitable<ByteView> next() = 0;
  /// Told after each piece that the connection has taken.
  virtual void sent(std::int64_t bytes) = 0;
  /// Starts again from the front, for another try; false if that cannot be done any more.
  virtual bool rewind() = 0;
};

struct HttpRequest {
  std::string method;
  std::string target;  // with the query
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;  // sent where there is no stream
  UploadStream* stream = nullptr;
  Millis answer_limit{120'000};  // from the end of the request to the head of the answer
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;

  /// The first field of that name, in any case of letters; "" if there is none.
  [[nodiscard]] std::string field(std::string_view name) const;
};

/// Where the body of a successful answer goes that is not kept in memory.
class ResponseBody {
 public:
  ResponseBody() = default;
  ResponseBody(const ResponseBody&) = delete;
  ResponseBody& operator=(const ResponseBody&) = delete;
  virtual ~ResponseBody() = default;

  /// The head of an answer of the class 2xx; throws to refuse the body.
  virtual void begin(const HttpResponse& head) = 0;
  virtual boost::asio::awaitable<void> write(ByteView piece) = 0;
};

}  // namespace longshore::cli
