#pragma once

#include <cstddef>
#include <stdexcept>
#include <utility>

#include "front/grpc/piece.h"
#include "net/buffer_pool.h"

namespace longshore::grpc {

/// Memory for a message that is held whole. Movable.
class MessageRoom {
 public:
  /// None.
  MessageRoom() = default;
  /// In small memory, where somebody else counts it.
  explicit MessageRoom(std::size_t small_bytes) : small_bytes_(small_bytes) {}
  explicit MessageRoom(BufferPool::Reservation buffers) : buffers_(std::move(buffers)) {}

  /// Some of it, to append to. Throws std::logic_error where more is taken than there was.
  Piece take() {
    if (small_bytes_ == 0) return Piece(buffers_.take());
    return Piece::room(SmallBytes(std::exchange(small_bytes_, 0)));
  }

 private:
  std::size_t small_bytes_ = 0;
  BufferPool::Reservation buffers_;
};

}  // namespace longshore::grpc
