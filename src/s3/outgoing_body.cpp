#include "s3/outgoing_body.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "domain/error.h"

namespace longshore::s3 {
namespace {

Error wrong_size(const char* what) {
  return {Reason::integrity, what, {.store_code = "IncompleteBody"}, Outcome::refused};
}

std::string frame_head(std::int64_t bytes) { return fmt::format("{:x}\r\n", bytes); }

std::int64_t frame_length(std::int64_t bytes) {
  return std::ssize(frame_head(bytes)) + bytes + std::ssize(std::string_view("\r\n"));
}

// As long as any other one.
std::string checksum_of_nothing(ChecksumAlgorithm algorithm) { return RunningChecksum(algorithm).base64(); }

std::string trailer_of(ChecksumAlgorithm algorithm, const std::string& base64) {
  return "0\r\n" + header_name(algorithm) + ":" + base64 + "\r\n\r\n";
}

}  // namespace

void OutgoingBody::restart() {
  unpulled_ = size_;
  rest_ = {};
  last_byte_.reset();
  frame_left_ = 0;
  framed_any_ = false;
  checksum_ = RunningChecksum(checksum_.algorithm());
}

std::optional<std::int64_t> OutgoingBody::length() const {
  if (!trailer_) return size_;
  const std::int64_t last = size_ % kFrameBytes;
  return size_ / kFrameBytes * frame_length(kFrameBytes) + (last > 0 ? frame_length(last) : 0) +
         std::ssize(trailer_of(*trailer_, checksum_of_nothing(*trailer_)));
}

bool OutgoingBody::rewind() {
  if (pulled_ && !source_.rewind()) return false;
  pulled_ = false;
  restart();
  return true;
}

Task<ByteView> OutgoingBody::next() {
  if (trailer_) co_return co_await next_framed();
  co_return co_await next_plain();
}

// The next piece of the source into rest_.
Task<void> OutgoingBody::pull() {
  pulled_ = true;
  rest_ = co_await source_.next();
  if (rest_.empty()) throw wrong_size("the body is shorter than announced");
  if (std::ssize(rest_) > unpulled_) throw wrong_size("the body is longer than announced");
  unpulled_ -= std::ssize(rest_);
  checksum_.update(rest_);
}

Task<void> OutgoingBody::expect_end() {
  pulled_ = true;
  const ByteView more = co_await source_.next();
  if (!more.empty()) throw wrong_size("the body is longer than announced");
}

ByteView OutgoingBody::take(std::int64_t bytes_max) {
  const auto n = static_cast<std::size_t>(std::min(bytes_max, std::ssize(rest_)));
  const ByteView taken = rest_.first(n);
  rest_ = rest_.subspan(n);
  return taken;
}

ByteView OutgoingBody::text(std::string piece) {
  text_ = std::move(piece);
  return as_bytes(text_);
}

Task<ByteView> OutgoingBody::next_plain() {
  if (!last_byte_) {
    co_await pull();
    if (unpulled_ > 0) co_return std::exchange(rest_, {});
    last_byte_ = rest_.back();
    if (rest_.size() > 1) co_return take(std::ssize(rest_) - 1);
  }
  co_await expect_end();
  co_return ByteView(&*last_byte_, 1);
}

std::int64_t OutgoingBody::next_frame_bytes() const {
  return std::min(kFrameBytes, unpulled_ + std::ssize(rest_));
}

std::string OutgoingBody::trailer_text() const { return trailer_of(*trailer_, checksum_.base64()); }

Task<ByteView> OutgoingBody::next_framed() {
  if (frame_left_ == 0) {
    frame_left_ = next_frame_bytes();
    const std::string end_of_last = std::exchange(framed_any_, true) ? "\r\n" : "";
    if (frame_left_ > 0) co_return text(end_of_last + frame_head(frame_left_));
    co_await expect_end();
    co_return text(end_of_last + trailer_text());
  }
  if (rest_.empty()) co_await pull();
  const ByteView piece = take(frame_left_);
  frame_left_ -= std::ssize(piece);
  co_return piece;
}

}  // namespace longshore::s3
