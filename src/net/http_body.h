#pragma once

#include <cstdint>
#include <optional>
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

  /// Bytes that it will give in all: the Content-Length. nullopt: not known before its end, so it goes out in
  /// chunks (RFC 9112 section 7.1).
  [[nodiscard]] virtual std::optional<std::int64_t> length() const = 0;

  /// The next piece, empty at the end of a body of unknown length alone: one of known length is not asked
  /// again once it has given that. Valid until the next call. What it throws leaves send() as it is. It is
  /// cancelled when the server answers early; if the body may_rewind(), only when it does not end soon
  /// (HttpTimeouts::last_pull).
  virtual boost::asio::awaitable<ByteView> next() = 0;

  /// Back to the first byte, so that all of it can be sent once more; false: the bytes are gone.
  virtual bool rewind() = 0;

  /// False: once anything was pulled, rewind() fails. Asked also while a piece is waited for.
  [[nodiscard]] virtual bool may_rewind() const { return true; }
};

/// A text that is there already.
class HttpTextBody final : public HttpBody {
 public:
  explicit HttpTextBody(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] std::optional<std::int64_t> length() const override {
    return static_cast<std::int64_t>(text_.size());
  }
  boost::asio::awaitable<ByteView> next() override { co_return as_bytes(text_); }
  bool rewind() override { return true; }

 private:
  std::string text_;
};

}  // namespace longshore
