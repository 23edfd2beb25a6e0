#pragma once

#include <cstdint>
#include <utility>

#include "ports/body_source.h"

namespace longshore {

/// Passes a body on, and knows whether its client is the one that everybody waits for: what is kept alive
/// "while bytes flow" (an attempt, an owner mark) asks here. Holds nothing.
class WatchedBody final : public BodySource {
 public:
  explicit WatchedBody(BodySource& inner) : inner_(inner) {}

  [[nodiscard]] std::optional<std::int64_t> length() const override { return inner_.length(); }
  Task<ByteView> next() override {
    waiting_ = true;
    const ByteView piece = co_await inner_.next();
    waiting_ = false;
    ++pieces_;
    co_return piece;
  }
  void release() override { inner_.release(); }
  bool rewind() override { return inner_.rewind(); }
  [[nodiscard]] bool may_rewind() const override { return inner_.may_rewind(); }

  /// Bytes have come since the last call, or it is not the client that we wait for.
  bool is_alive() {
    const bool moved = pieces_ != std::exchange(seen_, pieces_);
    return moved || !waiting_;
  }

 private:
  BodySource& inner_;
  bool waiting_ = false;
  std::uint64_t pieces_ = 0;
  std::uint64_t seen_ = 0;
};

}  // namespace longshore
