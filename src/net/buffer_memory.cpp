#include "net/buffer_memory.h"

#include <algorithm>
#include <new>
#include <sys/mman.h>

#include "net/buffer_pool.h"

namespace longshore {

namespace {

/// Straight from the kernel: malloc would keep what is freed.
std::byte* map_buffer() {
  void* memory = ::mmap(nullptr, BufferPool::kBufferBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::byte*>(memory);
}

void unmap_buffer(std::byte* data) { ::munmap(data, BufferPool::kBufferBytes); }

}  // namespace

BufferMemory::BufferMemory(std::size_t buffers_max) { idle_.reserve(buffers_max); }

BufferMemory::~BufferMemory() {
  for (std::byte* data : idle_) unmap_buffer(data);
}

std::byte* BufferMemory::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::byte* data = idle_.back();
      idle_.pop_back();
      unneeded_ = std::min(unneeded_, idle_.size());
      return data;
    }
  }
  return map_buffer();
}

void BufferMemory::give_back(std::byte* data) noexcept {
  const std::lock_guard lock(mutex_);
  idle_.push_back(data);
}

void BufferMemory::trim() {
  std::vector<std::byte*> gone;
  {
    const std::lock_guard lock(mutex_);
    const auto end = idle_.begin() + static_cast<std::ptrdiff_t>(unneeded_);
    gone.assign(idle_.begin(), end);
    idle_.erase(idle_.begin(), end);
    unneeded_ = idle_.size();
  }
  for (std::byte* data : gone) unmap_buffer(data);
}

std::size_t BufferMemory::idle() const {
  const std::lock_guard lock(mutex_);
  return idle_.size();
}

}  // namespace longshore
