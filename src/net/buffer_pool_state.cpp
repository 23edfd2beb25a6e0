#include "net/buffer_pool_state.h"

#include <algorithm>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/memory_shares.h"
#include "net/turns.h"

namespace longshore {

namespace asio = boost::asio;

namespace {

std::size_t part_of(std::size_t buffers, std::int64_t share) {
  return static_cast<std::size_t>(memory_shares::of(static_cast<std::int64_t>(buffers), share));
}

}  // namespace

BufferPool::State::State(std::size_t budget)
    : buffers_max(budget),
      reservable_max(part_of(budget, memory_shares::kReservations)),
      downloads_max(std::max<std::size_t>(part_of(budget, memory_shares::kDownloads), 1)),
      memory(budget) {}

/// With the mutex held: takes from the heads of the queues whoever fits.
void BufferPool::State::collect(Turns<Reservation>& turns) {
  for (const Lane lane : {Lane::reserved, Lane::single, Lane::download}) {
    auto& [in_use, queue] = side(lane);
    for (auto first = queue.begin(); first != queue.end() && fits(lane, first->second.buffers);
         first = queue.erase(first)) {
      in_use += first->second.buffers;
      turns.add(std::move(first->second.waiter),
                Reservation(shared_from_this(), lane, first->second.buffers));
    }
  }
}

bool BufferPool::State::fits(Lane lane, std::size_t buffers) const {
  if (lane == Lane::download) return buffers <= downloads_max - downloads.in_use;
  if (buffers > unused()) return false;
  if (lane == Lane::reserved) return buffers <= reservable_max - reservations.in_use;
  const bool within_their_own = singles.in_use + buffers <= buffers_max - reservable_max;
  return within_their_own || reservations.queue.empty();
}

asio::awaitable<BufferPool::Reservation> BufferPool::State::obtain(Lane lane, std::size_t buffers) {
  const auto self = shared_from_this();
  Reservation share = try_obtain(lane, buffers);
  if (share) co_return share;
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>,
                                          void(boost::system::error_code, Reservation)>(
      [this, lane, buffers](auto handler) {
        const auto state = shared_from_this();  // the coroutine may be gone before the second step
        state->enqueue(lane, buffers, std::move(handler));
        state->take_spares_for_those_who_wait(lane, buffers);
      },
      asio::use_awaitable);
}

/// An empty reservation if somebody waits already in the same lane, or if they are not free even without the
/// spare ones.
BufferPool::Reservation BufferPool::State::try_obtain(Lane lane, std::size_t buffers) {
  for (;;) {
    std::optional<std::uint64_t> oldest;
    {
      const std::lock_guard lock(mutex);
      if (side(lane).queue.empty() && fits(lane, buffers)) {
        side(lane).in_use += buffers;
        return Reservation(shared_from_this(), lane, buffers);
      }
      oldest = holder_to_ask_for(lane, buffers);
    }
    if (!oldest) return {};
    remove_holder(*oldest);
  }
}

/// With the mutex held: the oldest holder of spare buffers, if the budget is too full for so many.
std::optional<std::uint64_t> BufferPool::State::holder_to_ask_for(Lane lane, std::size_t buffers) const {
  if (lane == Lane::download || buffers <= unused() || holders.empty()) return std::nullopt;
  return holders.begin()->first;
}

/// It stays in the list until its buffers are back: others who need some meanwhile ask it too, and so wait
/// for them instead of finding that there are none.
void BufferPool::State::remove_holder(std::uint64_t number) {
  std::shared_ptr<Spare> holder;  // may end here: not under the mutex
  std::unique_lock lock(mutex);
  if (const auto found = holders.find(number); found != holders.end()) holder = found->second.lock();
  lock.unlock();
  if (holder) holder->give_up();
  lock.lock();
  holders.erase(number);
}

/// Spare buffers may have been handed out between the look and the waiting; from now on none are.
void BufferPool::State::take_spares_for_those_who_wait(Lane lane, std::size_t buffers) {
  for (;;) {
    std::optional<std::uint64_t> oldest;
    {
      const std::lock_guard lock(mutex);
      if (!side(lane).queue.empty()) oldest = holder_to_ask_for(lane, buffers);
    }
    if (!oldest) return;
    remove_holder(*oldest);
  }
}

BufferPool::Reservation BufferPool::State::try_spare() {
  const std::lock_guard lock(mutex);
  if (!singles.queue.empty() || !reservations.queue.empty() || unused() == 0) return {};
  ++spares.in_use;
  return Reservation(shared_from_this(), Lane::spare, 1);
}

template <class Handler>
void BufferPool::State::enqueue(Lane lane, std::size_t buffers, Handler handler) {
  Turns<Reservation> turns;  // what was missing may have become free meanwhile
  const std::lock_guard lock(mutex);
  const std::uint64_t ticket = ++next_ticket;
  Waiter<Reservation> waiter(std::move(handler));
  waiter.on_cancel([weak = weak_from_this(), lane, ticket] {
    if (const auto state = weak.lock()) state->leave_queue(lane, ticket);
  });
  side(lane).queue.emplace(ticket, Waiting{buffers, std::move(waiter)});
  collect(turns);
}

void BufferPool::State::leave_queue(Lane lane, std::uint64_t ticket) {
  Turns<Reservation> turns;  // those behind it may want less
  std::unique_lock lock(mutex);
  auto gone = side(lane).queue.extract(ticket);
  collect(turns);
  lock.unlock();
  if (gone) std::move(gone.mapped().waiter).wake(asio::error::operation_aborted, {});
}

void BufferPool::State::give_back(Lane lane, std::size_t buffers) {
  Turns<Reservation> turns;
  const std::lock_guard lock(mutex);
  side(lane).in_use -= buffers;
  collect(turns);
}

}  // namespace longshore
