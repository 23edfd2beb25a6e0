#include "relay/spare_bytes.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "base/cold_copy.h"

namespace longshore {

class SpareBytes::Kept final : public BufferPool::Spare {
 public:
  void give_up() noexcept override {
    const std::lock_guard lock(mutex_);  // who comes second waits until they are back
    buffers_.clear();
    given_up_ = true;
  }

  [[nodiscard]] bool is_whole() const {
    const std::lock_guard lock(mutex_);
    return !given_up_;
  }
  [[nodiscard]] std::int64_t size() const {
    const std::lock_guard lock(mutex_);
    return size_;
  }

  /// False: there is no room for all of it.
  bool append(BufferPool& pool, ByteView bytes) {
    while (!bytes.empty()) {
      const std::lock_guard lock(mutex_);
      if (given_up_) return true;
      const auto filled = static_cast<std::size_t>(size_);
      if (filled == buffers_.size() * BufferPool::kBufferBytes) {
        BufferPool::Buffer fresh = pool.spare_buffer();
        if (!fresh) return false;
        buffers_.push_back(std::move(fresh));
      }
      const MutableBytes space = buffers_.back().bytes().subspan(filled % BufferPool::kBufferBytes);
      const std::size_t count = std::min(space.size(), bytes.size());
      cold_copy(space, bytes.first(count));
      size_ += static_cast<std::int64_t>(count);
      bytes = bytes.subspan(count);
    }
    return true;
  }

  std::optional<std::size_t> read(std::int64_t offset, MutableBytes out) const {
    const std::lock_guard lock(mutex_);
    if (given_up_) return std::nullopt;
    const auto at = static_cast<std::size_t>(offset);
    const std::size_t in_buffer = at % BufferPool::kBufferBytes;
    const std::size_t count = std::min(
        {static_cast<std::size_t>(size_) - at, out.size(), BufferPool::kBufferBytes - in_buffer});
    if (count == 0) return 0;
    const MutableBytes from = buffers_[at / BufferPool::kBufferBytes].bytes().subspan(in_buffer);
    std::memcpy(out.data(), from.data(), count);
    return count;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<BufferPool::Buffer> buffers_;  // all full but the last
  std::int64_t size_ = 0;
  bool given_up_ = false;
};

SpareBytes::SpareBytes(BufferPool& pool)
    : pool_(pool), kept_(std::make_shared<Kept>()), ticket_(pool.add_spare(kept_)) {}

void SpareBytes::append(ByteView bytes) {
  if (!kept_->append(pool_, bytes)) kept_->give_up();
}

bool SpareBytes::is_whole() const { return kept_->is_whole(); }
std::int64_t SpareBytes::size() const { return kept_->size(); }

std::optional<std::size_t> SpareBytes::read(std::int64_t offset, MutableBytes out) const {
  return kept_->read(offset, out);
}

}  // namespace longshore
