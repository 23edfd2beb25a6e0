#pragma once

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.h"

namespace longshore {

/// All the memory that bodies may use: buffers of one size, one budget, first come first served. Whoever finds the budget used
/// up waits, and so stops reading its socket (backpressure). Thread-safe; a waiter resumes on its own executor.
class BufferPool {
 public:
  /// 256 KiB: below it syscalls cost more, above it nothing is gained (docs/adr).
  static constexpr std::size_t kBufferBytes = 256 * 1024;

  class Buffer {  // gives itself back when destroyed; movable
   public:
    Buffer() = default;
    Buffer(Buffer&&) noexcept;
    Buffer& operator=(Buffer&&) noexcept;
    ~Buffer();

    [[nodiscard]] MutableBytes bytes() const;  // kBufferBytes long
    explicit operator bool() const { return data_ != nullptr; }

   private:
    friend class BufferPool;
    BufferPool* pool_ = nullptr;
    std::byte* data_ = nullptr;
  };

  /// A share of the budget for somebody who must hold more than two buffers (a part of a body of unknown length): all of it is
  /// reserved before the first byte, so that two half-served ones never wait for each other.
  class Reservation {
   public:
    Reservation() = default;
    Reservation(Reservation&&) noexcept;
    Reservation& operator=(Reservation&&) noexcept;
    ~Reservation();

    [[nodiscard]] Buffer take();  // from the reserved share, never waits; throws std::logic_error beyond it
    explicit operator bool() const { return pool_ != nullptr; }

   private:
    friend class BufferPool;
    BufferPool* pool_ = nullptr;
    std::size_t buffers_left_ = 0;
  };

  explicit BufferPool(std::int64_t budget_bytes);
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;
  ~BufferPool();

  /// One buffer; waits for one while the budget is used up. Throws operation_aborted when cancelled while waiting.
  boost::asio::awaitable<Buffer> acquire();
  /// Room for `bytes`, waiting its turn; an empty Reservation at once if `bytes` is above half of the budget (it would starve
  /// all others): the caller answers BUSY or RESOURCE_EXHAUSTED.
  boost::asio::awaitable<Reservation> reserve(std::int64_t bytes);

  [[nodiscard]] std::int64_t in_use_bytes() const;  // handed out or reserved
  [[nodiscard]] std::int64_t budget_bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace longshore
