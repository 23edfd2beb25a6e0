#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "base/bytes.h"

namespace longshore {

/// The body of a request to another server, pulled piece by piece when the server is ready for it. Lives
/// until HttpClient::send() has returned or thrown. A trailer inside the body (aws-chunked) is its last
/// piece, made when it is pulled.
class HttpBody {
 public:
  HttpBody() = default;
  HttpBody(const HttpBody&) = delete;
  HttpBody& operator=(const HttpBody&) = delete;
  virtual ~HttpBody() = default;

  /// Bytes that it will give in all: the Content-Length.
  [[nodiscard]] virtual std::int64_t length() const = 0;

  /// The next piece, not empty before `length()` bytes were given, and not called after. Valid until the next
  /// call. What it throws leaves send() as it is. It is cancelled when the server answers early.
  virtual boost::asio::awaitable<ByteView> next() = 0;

  /// Back to the first byte, so that all of it can be sent once more; false: the bytes are gone.
  virtual bool rewind() = 0;
};

/// A text that is there already.
class HttpTextBody final : public HttpBody {
 public:
  explicit HttpTextBody(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] std::int64_t length() const override { return static_cast<std::int64_t>(text_.size()); }
  boost::asio::awaitable<ByteView> next() override { co_return as_bytes(text_); }
  bool rewind() override { return true; }

 private:
  std::string text_;
};

}  // namespace longshore
