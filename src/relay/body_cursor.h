#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "net/buffer_pool.h"
#include "ports/body_source.h"

/// Cutting one long body into parts on its way.
namespace longshore {

/// Reads a body in windows. What a piece holds beyond a window waits here (in the inner source's buffer) for
/// the next window.
class BodyCursor {
 public:
  explicit BodyCursor(BodySource& inner) : inner_(inner) {}

  /// At most `limit` bytes, fewer where a piece ends; empty at the end of the body. Valid until the next
  /// call.
  Task<ByteView> take(std::int64_t limit);
  /// Whether all bytes have been taken; reads ahead one piece to know.
  Task<bool> at_end();

 private:
  Task<void> refill();

  BodySource& inner_;
  ByteView rest_;
  bool ended_ = false;
};

/// The next `size` bytes of a cursor as a body of known length, streamed: nothing is held.
class BodySlice final : public BodySource {
 public:
  BodySlice(BodyCursor& cursor, std::int64_t size) : cursor_(cursor), size_(size), left_(size) {}

  [[nodiscard]] std::optional<std::int64_t> length() const override { return size_; }
  Task<ByteView> next() override;

 private:
  BodyCursor& cursor_;
  std::int64_t size_;
  std::int64_t left_;
};

/// A part of a body of unknown length, held in memory (a store wants to know a part's size before its first
/// byte). The one place where a part is in memory; all its buffers were reserved before the first byte, and
/// serve part after part.
class HeldPart final : public BodySource {
 public:
  explicit HeldPart(BufferPool::Reservation room) : room_(std::move(room)) {}

  /// Takes the next `part_bytes` bytes from the cursor, fewer at its end. Forgets the part before.
  Task<void> fill(BodyCursor& cursor, std::int64_t part_bytes);

  [[nodiscard]] std::optional<std::int64_t> length() const override { return size_; }
  Task<ByteView> next() override;
  bool rewind() override;

 private:
  /// Where the next byte goes; the rest of that buffer.
  MutableBytes free_space();

  BufferPool::Reservation room_;
  std::vector<BufferPool::Buffer> buffers_;
  std::int64_t size_ = 0;
  std::int64_t given_ = 0;
};

}  // namespace longshore
