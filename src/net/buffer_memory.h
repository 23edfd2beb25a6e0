#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

namespace longshore {

/// The memory of a BufferPool's buffers, each of BufferPool::kBufferBytes. What is given back is kept for the
/// next one who wants some: memory fresh from the kernel costs more than the bytes that pass through it (a
/// fault and the zeroing of each page). Thread-safe.
class BufferMemory {
 public:
  /// No more than `buffers_max` are taken at a time.
  explicit BufferMemory(std::size_t buffers_max);
  BufferMemory(const BufferMemory&) = delete;
  BufferMemory& operator=(const BufferMemory&) = delete;
  ~BufferMemory();

  /// Throws std::bad_alloc when the kernel has none.
  [[nodiscard]] std::byte* take();
  void give_back(std::byte* data) noexcept;
  /// Gives back to the kernel what nobody has needed since the last call. Called from time to time, it keeps
  /// an idle server small.
  void trim();
  [[nodiscard]] std::size_t idle() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::byte*> idle_;  // the last one given back is the next one taken: it is warm
  std::size_t unneeded_ = 0;      // fewest that were idle since the last trim()
};

}  // namespace longshore
