#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "domain/error.h"
#include "ports/body_source.h"

namespace longshore::fakes {

/// A body of given bytes that comes in pieces and may break off. Made by a test, read once unless it is held.
class ScriptedBody final : public BodySource {
 public:
  explicit ScriptedBody(std::string bytes, std::size_t piece_bytes = 64 * 1024)
      : bytes_(std::move(bytes)), piece_bytes_(piece_bytes) {}

  /// Throws instead of giving the byte at `offset`; at the length of the body: instead of saying that it has
  /// ended.
  ScriptedBody& fail_at(std::size_t offset, Error error) {
    fail_at_ = offset;
    error_ = std::move(error);
    return *this;
  }
  /// Called before each answer with the number of bytes given so far.
  ScriptedBody& before_piece(std::function<void(std::size_t given)> call) {
    before_piece_ = std::move(call);
    return *this;
  }

  /// Its bytes can be given again.
  ScriptedBody& hold() {
    held_ = true;
    return *this;
  }

  [[nodiscard]] std::optional<std::int64_t> length() const override {
    return static_cast<std::int64_t>(bytes_.size());
  }

  Task<ByteView> next() override {
    if (before_piece_) before_piece_(given_);
    if (error_ && given_ >= fail_at_) throw *error_;
    std::size_t n = std::min(piece_bytes_, bytes_.size() - given_);
    if (error_) n = std::min(n, fail_at_ - given_);
    const ByteView piece = as_bytes(bytes_).subspan(given_, n);
    given_ += n;
    co_return piece;
  }

  bool rewind() override {
    if (held_) given_ = 0;
    return held_;
  }
  [[nodiscard]] bool may_rewind() const override { return held_; }

 private:
  std::string bytes_;
  std::size_t piece_bytes_;
  std::size_t given_ = 0;
  bool held_ = false;
  std::size_t fail_at_ = 0;
  std::optional<Error> error_;
  std::function<void(std::size_t)> before_piece_;
};

/// All that a body still gives, as text.
inline Task<std::string> read_all(BodySource& body) {
  std::string text;
  for (ByteView piece = co_await body.next(); !piece.empty(); piece = co_await body.next()) {
    for (const std::byte b : piece) text.push_back(static_cast<char>(b));
  }
  co_return text;
}

}  // namespace longshore::fakes
