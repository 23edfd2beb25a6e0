#pragma once

#include <string>
#include <utility>

#include "ports/body_source.h"

namespace longshore {

/// A body that came whole with its request (a payload), in one piece.
class MemoryBody final : public BodySource {
 public:
  explicit MemoryBody(std::string bytes) : bytes_(std::move(bytes)) {}

  [[nodiscard]] std::optional<std::int64_t> length() const override { return std::ssize(bytes_); }
  Task<ByteView> next() override { co_return std::exchange(given_, true) ? ByteView{} : as_bytes(bytes_); }
  bool rewind() override {
    given_ = false;
    return true;
  }

 private:
  std::string bytes_;
  bool given_ = false;
};

}  // namespace longshore
