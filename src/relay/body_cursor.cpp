#include "relay/body_cursor.h"

#include <algorithm>
#include <cstring>

namespace longshore {

Task<void> BodyCursor::refill() {
  if (!rest_.empty() || ended_) co_return;
  rest_ = co_await inner_.next();
  ended_ = rest_.empty();
}

Task<ByteView> BodyCursor::take(std::int64_t limit) {
  co_await refill();
  const ByteView piece = rest_.first(std::min(rest_.size(), static_cast<std::size_t>(limit)));
  rest_ = rest_.subspan(piece.size());
  co_return piece;
}

Task<bool> BodyCursor::at_end() {
  co_await refill();
  co_return ended_&& rest_.empty();
}

Task<ByteView> BodySlice::next() {
  if (left_ == 0) co_return ByteView{};
  const ByteView piece = co_await cursor_.take(left_);
  left_ -= static_cast<std::int64_t>(piece.size());
  co_return piece;
}

MutableBytes HeldPart::free_space() {
  const auto filled = static_cast<std::size_t>(size_);
  const std::size_t index = filled / BufferPool::kBufferBytes;
  if (index == buffers_.size()) buffers_.push_back(room_.take());
  return buffers_[index].bytes().subspan(filled % BufferPool::kBufferBytes);
}

Task<void> HeldPart::fill(BodyCursor& cursor, std::int64_t part_bytes) {
  size_ = 0;
  given_ = 0;
  while (size_ < part_bytes) {
    const MutableBytes space = free_space();
    const ByteView piece = co_await cursor.take(
        std::min(part_bytes - size_, static_cast<std::int64_t>(space.size())));
    if (piece.empty()) break;
    std::memcpy(space.data(), piece.data(), piece.size());
    size_ += static_cast<std::int64_t>(piece.size());
  }
}

Task<ByteView> HeldPart::next() {
  const std::int64_t left = size_ - given_;
  if (left == 0) co_return ByteView{};
  const auto index = static_cast<std::size_t>(given_) / BufferPool::kBufferBytes;
  const auto bytes = std::min(static_cast<std::size_t>(left), BufferPool::kBufferBytes);
  given_ += static_cast<std::int64_t>(bytes);
  co_return buffers_[index].bytes().first(bytes);
}

bool HeldPart::rewind() {
  given_ = 0;
  return true;
}

}  // namespace longshore
