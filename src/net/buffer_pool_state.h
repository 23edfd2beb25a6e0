#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include <boost/asio/awaitable.hpp>

#include "net/buffer_memory.h"
#include "net/buffer_pool.h"
#include "net/waiter.h"

namespace longshore {

template <class T>
class Turns;

/// Who holds how much of a pool's budget, who waits for some in what order, and who has spare ones.
struct BufferPool::State : std::enable_shared_from_this<State> {
  struct Waiting {
    std::size_t buffers;
    Waiter<Reservation> waiter;
  };
  struct Side {
    std::size_t in_use = 0;                  // buffers handed out or reserved; turns
    std::map<std::uint64_t, Waiting> queue;  // by ticket: first come first served
  };

  explicit State(std::size_t budget);

  boost::asio::awaitable<Reservation> obtain(Lane lane, std::size_t buffers);
  Reservation try_obtain(Lane lane, std::size_t buffers);
  Reservation try_spare();
  void remove_holder(std::uint64_t number);

  void give_back(Lane lane, std::size_t buffers);

  Side& side(Lane lane) {
    if (lane == Lane::single) return singles;
    if (lane == Lane::reserved) return reservations;
    return lane == Lane::download ? downloads : spares;
  }
  /// The buffers of downloads are singles.
  [[nodiscard]] std::size_t in_use() const { return singles.in_use + reservations.in_use; }
  [[nodiscard]] std::size_t unused() const { return buffers_max - in_use() - spares.in_use; }

  const std::size_t buffers_max;
  const std::size_t reservable_max;  // by all reservations together
  const std::size_t downloads_max;   // that hold buffers at a time
  mutable std::mutex mutex;
  std::uint64_t next_ticket = 0;
  Side singles;
  Side reservations;
  Side downloads;
  Side spares;                                            // nobody waits for those
  std::map<std::uint64_t, std::weak_ptr<Spare>> holders;  // of spare buffers, the oldest first
  BufferMemory memory;

 private:
  template <class Handler>
  void enqueue(Lane lane, std::size_t buffers, Handler handler);
  void leave_queue(Lane lane, std::uint64_t ticket);
  void collect(Turns<Reservation>& turns);
  [[nodiscard]] std::optional<std::uint64_t> holder_to_ask_for(Lane lane, std::size_t buffers) const;
  void take_spares_for_those_who_wait(Lane lane, std::size_t buffers);
  [[nodiscard]] bool fits(Lane lane, std::size_t buffers) const;
};

}  // namespace longshore
