#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <boost/asio/awaitable.hpp>

#include "base/bytes.h"

namespace longshore {

/// All the memory that bodies may use: buffers of one size, one budget. Whoever finds the budget used up
/// waits, and so stops reading its socket (backpressure). Thread-safe; a waiter resumes on its own executor.
///
/// Nobody starves, and nobody waits for ever: reservations are served first come first served, and so are
/// single buffers; half of the budget is for single buffers alone, the rest of it too while no reservation
/// waits. So who holds a reservation always gets the one buffer that it reads its socket into. How many of
/// the single buffers downloads may hold, and what is set aside, stands in memory_shares.h: a quarter of the
/// budget is always there for what comes in, however slowly clients read. What callers owe in return: with a
/// single buffer in hand, wait for nothing more of the pool, neither for a second one nor for a reservation;
/// and a download gets its buffers under a DownloadTurn.
///
/// What nobody needs at this moment may be used for what would only be good to have (spare_buffer). It is
/// taken away again, the oldest first, before anybody waits or is refused.
///
/// Buffers and reservations may outlive the pool object. Executors of coroutines that may still wait must
/// outlive it: its destructor drops them.
class BufferPool {
  struct State;
  enum class Lane { single, reserved, download, spare };

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
    Buffer(std::shared_ptr<State> state, Lane lane, std::byte* data);

    std::shared_ptr<State> state_;
    Lane lane_ = Lane::single;
    std::byte* data_ = nullptr;
  };

  /// A share of the budget for somebody who must hold more than two buffers (a part of a body of unknown
  /// length): all of it is reserved before the first byte, so that two half-served ones never wait for each
  /// other.
  class Reservation {
   public:
    Reservation() = default;
    Reservation(Reservation&&) noexcept;
    Reservation& operator=(Reservation&&) noexcept;
    ~Reservation();

    /// A buffer out of the reserved share; never waits. When it is given back it returns to the pool, not to
    /// this share. Throws std::logic_error beyond the share, std::bad_alloc when the kernel has no memory.
    [[nodiscard]] Buffer take();
    explicit operator bool() const { return state_ != nullptr; }

   private:
    friend class BufferPool;
    Reservation(std::shared_ptr<State> state, Lane lane, std::size_t buffers);

    std::shared_ptr<State> state_;
    Lane lane_ = Lane::reserved;
    std::size_t buffers_left_ = 0;
  };

  /// A download's leave to hold one single buffer, from before it acquires it until it has given it back.
  class DownloadTurn {
   public:
    DownloadTurn() = default;

   private:
    friend class BufferPool;
    explicit DownloadTurn(Reservation counted) : counted_(std::move(counted)) {}

    Reservation counted_;  // of turns: no memory is taken out of it
  };

  /// Somebody who holds spare buffers.
  class Spare {
   public:
    Spare() = default;
    Spare(const Spare&) = delete;
    Spare& operator=(const Spare&) = delete;
    virtual ~Spare() = default;

    /// Gives back all of them, and asks for no more. On the thread of whoever needs them; by several at once,
    /// too, and again later: whenever it returns, all of them are back in the pool.
    virtual void give_up() noexcept = 0;
  };
  /// While it lives, its Spare may be told to give up; it tells so itself at its end, for no spare buffer may
  /// be where those who need one cannot find it.
  class SpareTicket {
   public:
    SpareTicket() = default;
    SpareTicket(SpareTicket&&) noexcept;
    SpareTicket& operator=(SpareTicket&&) noexcept;
    ~SpareTicket();

   private:
    friend class BufferPool;
    SpareTicket(std::shared_ptr<State> state, std::uint64_t number);

    std::shared_ptr<State> state_;
    std::uint64_t number_ = 0;
  };

  /// Whole buffers of the budget count. Throws std::invalid_argument below two buffers.
  explicit BufferPool(std::int64_t budget_bytes);
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;
  ~BufferPool();

  /// One buffer; waits for one while the budget is used up. Throws operation_aborted when cancelled while
  /// waiting.
  boost::asio::awaitable<Buffer> acquire();
  /// The same without waiting: empty while the budget is used up, or others wait.
  Buffer try_acquire();
  /// A turn; waits for one while as many downloads hold buffers as may. Throws operation_aborted when
  /// cancelled while waiting.
  boost::asio::awaitable<DownloadTurn> download_turn();
  /// Room for `bytes`, waiting its turn; an empty Reservation at once if `bytes` is above reservable_bytes()
  /// (it would starve all others): the caller answers BUSY or RESOURCE_EXHAUSTED. Throws operation_aborted
  /// when cancelled while waiting.
  boost::asio::awaitable<Reservation> reserve(std::int64_t bytes);
  /// Room for `bytes` out of the single buffers' half, for memory that its owner takes elsewhere and that
  /// counts in the budget all the same. Without waiting: empty while it is used up.
  Reservation set_aside(std::int64_t bytes);
  [[nodiscard]] SpareTicket add_spare(const std::shared_ptr<Spare>& holder);
  /// For a Spare: a buffer that is free while nobody waits for one; else empty.
  Buffer spare_buffer();

  /// Gives the kernel back what nobody has needed since the last call; to be called every few seconds.
  void trim();

  [[nodiscard]] std::int64_t in_use_bytes() const;  // handed out or reserved, but for spare ones
  [[nodiscard]] std::int64_t spare_bytes() const;   // in use until somebody needs them
  [[nodiscard]] std::int64_t budget_bytes() const;
  [[nodiscard]] std::int64_t reservable_bytes() const;  // by all reservations together: half of the budget

 private:
  std::shared_ptr<State> state_;
};

}  // namespace longshore
