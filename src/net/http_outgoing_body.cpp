#include "net/http_outgoing_body.h"

#include <array>
#include <charconv>
#include <stdexcept>

namespace longshore {

namespace asio = boost::asio;

namespace {

std::string in_hex(std::size_t number) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), number, 16).ptr;
  return {digits.begin(), end};
}

}  // namespace

void HttpOutgoingBody::start() {
  left_ = body_ == nullptr ? 0 : body_->length();
  begun_ = false;
  ended_ = left_ == 0;
  piece_.reset();
}

HttpField HttpOutgoingBody::framing_field() const {
  const auto length = body_ == nullptr ? 0 : body_->length();
  if (!length) return {"Transfer-Encoding", "chunked"};
  return {"Content-Length", std::to_string(*length)};
}

asio::awaitable<ByteView> HttpOutgoingBody::piece() {
  if (ended_) co_return ByteView{};
  if (!piece_) {
    const ByteView pulled = co_await body_->next();
    if (left_ && (pulled.empty() || static_cast<std::int64_t>(pulled.size()) > *left_))
      throw std::logic_error("a body gave another number of bytes than it had announced");
    piece_ = pulled;
  }
  co_return *piece_;
}

/// A chunk ends with a line break, which is sent with what follows it.
std::string HttpOutgoingBody::frame() const {
  if (left_ || !piece_) return "";
  const char* end_of_last = begun_ ? "\r\n" : "";
  const char* end_of_all = piece_->empty() ? "\r\n" : "";
  return end_of_last + in_hex(piece_->size()) + "\r\n" + end_of_all;
}

void HttpOutgoingBody::piece_sent() {
  if (!piece_) return;
  if (left_) *left_ -= static_cast<std::int64_t>(piece_->size());
  ended_ = left_ ? *left_ == 0 : piece_->empty();
  begun_ = true;
  piece_.reset();
}

bool HttpOutgoingBody::rewind() {
  if (body_ == nullptr) return true;
  if (!body_->rewind()) return false;
  start();
  return true;
}

}  // namespace longshore
