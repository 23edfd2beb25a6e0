#include "net/buffer_memory.h"

#include <new>
#include <sys/mman.h>

#include "net/buffer_pool.h"

namespace longshore {

namespace {

/// Buffers kept for the next one who wants one (8 MiB); more than these go back to the kernel, so an idle
/// server is small.
constexpr std::size_t kIdleBuffersMax = 32;

/// Straight from the kernel: malloc would keep what is freed.
std::byte* map_buffer() {
  void* memory = ::mmap(nullptr, BufferPool::kBufferBytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::byte*>(memory);
}

void unmap_buffer(std::byte* data) { ::munmap(data, BufferPool::kBufferBytes); }

}  // namespace

BufferMemory::BufferMemory() { idle_.reserve(kIdleBuffersMax); }

BufferMemory::~BufferMemory() {
  for (std::byte* data : idle_) unmap_buffer(data);
}

std::byte* BufferMemory::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::byte* data = idle_.back();
      idle_.pop_back();
      return data;
    }
  }
  return map_buffer();
}

void BufferMemory::give_back(std::byte* data) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kIdleBuffersMax) {
      idle_.push_back(data);
      return;
    }
  }
  unmap_buffer(data);
}

}  // namespace longshore
