#pragma once

#include <string>
#include <utility>

#include "ports/body_source.h"

namespace longshore::s3 {

/// A body that is there already, in one piece.
class TextSource final : public BodySource {
 public:
  explicit TextSource(std::string_view text) : text_(text) {}

  [[nodiscard]] std::optional<std::int64_t> length() const override { return std::ssize(text_); }
  Task<ByteView> next() override {
    if (std::exchange(given_, true)) co_return ByteView{};
    co_return as_bytes(text_);
  }
  bool rewind() override {
    given_ = false;
    return true;
  }

 private:
  const std::string text_;
  bool given_ = false;
};

}  // namespace longshore::s3
