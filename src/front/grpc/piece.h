#pragma once

#include <algorithm>
#include <memory>
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
  /// Of which nothing is filled yet.
  static Piece room(SmallBytes small) {
    Piece empty(std::move(small));
    empty.cut(0);
    return empty;
  }
  explicit Piece(BufferPool::Buffer buffer) : memory_(std::move(buffer)) {}
  /// `bytes` lie in `buffer`, which others use too: nothing can be appended.
  Piece(std::shared_ptr<BufferPool::Buffer> buffer, ByteView bytes)
      : begin_(static_cast<std::size_t>(bytes.data() - buffer->bytes().data())),
        end_(begin_ + bytes.size()),
        memory_(std::move(buffer)) {}

  [[nodiscard]] MutableBytes bytes() { return all().subspan(begin_, end_ - begin_); }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  void drop_front(std::size_t bytes) { begin_ += bytes; }
  /// Only the first `bytes` are left.
  void cut(std::size_t bytes) { end_ = begin_ + bytes; }

  /// Takes from the front of `more` what fits behind its bytes, and returns how many that are.
  std::size_t append(ByteView more) {
    const MutableBytes room = is_shared() ? MutableBytes{} : all().subspan(end_);
    const ByteView fitting = more.first(std::min(more.size(), room.size()));
    std::ranges::copy(fitting, room.begin());
    end_ += fitting.size();
    return fitting.size();
  }

 private:
  using Shared = std::shared_ptr<BufferPool::Buffer>;

  MutableBytes all() {
    if (auto* small = std::get_if<SmallBytes>(&memory_)) return small->bytes();
    if (auto* buffer = std::get_if<BufferPool::Buffer>(&memory_)) return buffer->bytes();
    if (auto* shared = std::get_if<Shared>(&memory_)) return (*shared)->bytes();
    return {};
  }
  [[nodiscard]] bool is_shared() const { return std::holds_alternative<Shared>(memory_); }

  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::variant<std::monostate, SmallBytes, BufferPool::Buffer, Shared> memory_;
};

}  // namespace longshore::grpc
