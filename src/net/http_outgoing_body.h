#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "base/bytes.h"
#include "net/http_body.h"
#include "net/http_message.h"

namespace longshore {

/// How far a request's body has been pulled and sent. Outlives a try that came to nothing.
class HttpOutgoingBody {
 public:
  /// nullptr: no body.
  explicit HttpOutgoingBody(HttpBody* body) : body_(body) { start(); }

  /// "Content-Length: 5", or "Transfer-Encoding: chunked".
  [[nodiscard]] HttpField framing_field() const;

  /// All of it has been sent.
  [[nodiscard]] bool at_end() const { return ended_; }
  /// The piece in hand; pulls one if there is none. At the end of the body: empty.
  boost::asio::awaitable<ByteView> piece();
  /// What goes in front of the piece in hand.
  [[nodiscard]] std::string frame() const;
  /// The piece in hand has left us.
  void piece_sent();
  /// Back to the first byte; false: not possible.
  bool rewind();
  [[nodiscard]] bool may_rewind() const { return body_ == nullptr || body_->may_rewind(); }

 private:
  void start();

  HttpBody* body_;
  std::optional<std::int64_t> left_;  // nullopt: not known
  bool begun_ = false;
  bool ended_ = false;
  std::optional<ByteView> piece_;
};

}  // namespace longshore
