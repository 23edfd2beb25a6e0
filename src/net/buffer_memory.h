#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

namespace longshore {

/// The memory of a BufferPool's buffers, each of BufferPool::kBufferBytes. Thread-safe.
class BufferMemory {
 public:
  BufferMemory();
  BufferMemory(const BufferMemory&) = delete;
  BufferMemory& operator=(const BufferMemory&) = delete;
  ~BufferMemory();

  /// Throws std::bad_alloc when the kernel has none.
  [[nodiscard]] std::byte* take();
  void give_back(std::byte* data) noexcept;

 private:
  std::mutex mutex_;
  std::vector<std::byte*> idle_;  // the last one given back is the next one taken: it is warm
};

}  // namespace longshore
