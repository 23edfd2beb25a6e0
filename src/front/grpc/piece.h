#pragma once

#include <algorithm>
#include <utility>
#include <variant>

#include "base/bytes.h"
#include "front/grpc/small_memory.h"
#include "net/buffer_pool.h"

namespace longshore::grpc {

/// Some bytes of a request with the memory they lie in, which goes back when it is destroyed. Movable.
class Piece {
 public:
  Piece() = default;
  explicit Piece(SmallBytes small) : end_(small.bytes().size()), memory_(std::move(small)) {}
  explicit Piece(BufferPool::Buffer buffer) : memory_(std::move(buffer)) {}

  [[nodiscard]] MutableBytes bytes() { return all().subspan(begin_, end_ - begin_); }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  void drop_front(std::size_t bytes) { begin_ += bytes; }
  /// Only the first `bytes` are left.
  void cut(std::size_t bytes) { end_ = begin_ + bytes; }

  /// Takes from the front of `more` what fits behind its bytes, and returns how many that are.
  std::size_t append(ByteView more) {
    const MutableBytes room = all().subspan(end_);
    const ByteView fitting = more.first(std::min(more.size(), room.size()));
    std::ranges::copy(fitting, room.begin());
    end_ += fitting.size();
    return fitting.size();
  }

 private:
  MutableBytes all() {
    if (auto* small = std::get_if<SmallBytes>(&memory_)) return small->bytes();
    if (auto* buffer = std::get_if<BufferPool::Buffer>(&memory_)) return buffer->bytes();
    return {};
  }

  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::variant<std::monostate, SmallBytes, BufferPool::Buffer> memory_;
};

}  // namespace longshore::grpc
