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

Task<void> HeldPart::fill(BodyCursor& cursor, std::int64_t part_bytes, BufferPool::Reservation reservation) {
  std::size_t room = 0;  // in the last buffer
  while (size_ < part_bytes) {
    const std::size_t fits = room == 0 ? BufferPool::kBufferBytes : room;
    const ByteView piece = co_await cursor.take(
        std::min(part_bytes - size_, static_cast<std::int64_t>(fits)));
    if (piece.empty()) break;
    if (room == 0) {
      buffers_.push_back(reservation.take());
      room = BufferPool::kBufferBytes;
    }
    std::memcpy(buffers_.back().bytes().data() + (BufferPool::kBufferBytes - room), piece.data(),
                piece.size());
    room -= piece.size();
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
