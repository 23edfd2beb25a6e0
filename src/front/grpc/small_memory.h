#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace longshore::grpc {

/// Memory for what lies in no buffer of the pool: what clients send of a body before anybody has looked at
/// it, and single frames while no buffer is free. A share of the memory budget, for all connections together.
/// Thread-safe.
class SmallMemory {
 public:
  explicit SmallMemory(std::int64_t bytes_max) : max_(bytes_max) {}
  SmallMemory(const SmallMemory&) = delete;
  SmallMemory& operator=(const SmallMemory&) = delete;

  [[nodiscard]] std::int64_t in_use_bytes() const { return in_use_; }

 private:
  friend class SmallBytes;
  bool take(std::size_t bytes) {
    const auto wanted = static_cast<std::int64_t>(bytes);
    if ((in_use_ += wanted) <= max_) return true;
    in_use_ -= wanted;
    return false;
  }
  void give_back(std::size_t bytes) { in_use_ -= static_cast<std::int64_t>(bytes); }

  const std::int64_t max_;
  std::atomic<std::int64_t> in_use_{0};
};

/// Some bytes there; given back when destroyed. Movable. The memory must outlive it.
class SmallBytes {
 public:
  explicit SmallBytes(SmallMemory& memory) : memory_(&memory) {}
  SmallBytes(SmallBytes&& other) noexcept
      : memory_(other.memory_), share_(std::exchange(other.share_, 0)), bytes_(std::move(other.bytes_)) {
    other.bytes_.clear();
  }
  SmallBytes& operator=(SmallBytes&& other) noexcept {
    SmallBytes taken(std::move(other));
    std::swap(memory_, taken.memory_);
    std::swap(share_, taken.share_);
    std::swap(bytes_, taken.bytes_);
    return *this;
  }
  ~SmallBytes() { memory_->give_back(share_); }

  /// False: there is no memory, and nothing was appended.
  [[nodiscard]] bool append(ByteView more) {
    const std::size_t wanted = bytes_.size() + more.size();
    if (wanted > bytes_.capacity()) {
      const std::size_t grown = std::max(wanted, 2 * bytes_.capacity());
      if (!memory_->take(grown - share_)) return false;
      share_ = grown;
      bytes_.reserve(grown);
    }
    bytes_.insert(bytes_.end(), more.begin(), more.end());
    return true;
  }

  [[nodiscard]] MutableBytes bytes() { return bytes_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

 private:
  SmallMemory* memory_;
  std::size_t share_ = 0;
  std::vector<std::byte> bytes_;
};

}  // namespace longshore::grpc
