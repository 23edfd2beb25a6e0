#include "net/buffer_pool.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <sys/mman.h>
#include <utility>
#include <vector>

#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/memory_shares.h"
#include "net/waiter.h"

namespace longshore {

namespace asio = boost::asio;

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

std::size_t buffers_for(std::int64_t bytes) {
  if (bytes < 0) throw std::logic_error("a negative reservation");
  return (static_cast<std::size_t>(bytes) + BufferPool::kBufferBytes - 1) / BufferPool::kBufferBytes;
}

std::size_t part_of(std::size_t buffers, std::int64_t share) {
  return static_cast<std::size_t>(memory_shares::of(static_cast<std::int64_t>(buffers), share));
}

}  // namespace

struct BufferPool::State : std::enable_shared_from_this<State> {
  struct Waiting {
    std::size_t buffers;
    Waiter<Reservation> waiter;
  };
  struct Side {
    std::size_t in_use = 0;                  // buffers handed out or reserved; turns
    std::map<std::uint64_t, Waiting> queue;  // by ticket: first come first served
  };

  explicit State(std::size_t budget)
      : buffers_max(budget),
        reservable_max(part_of(budget, memory_shares::kReservations)),
        downloads_max(std::max<std::size_t>(part_of(budget, memory_shares::kDownloads), 1)) {
    idle.reserve(kIdleBuffersMax);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    for (std::byte* data : idle) unmap_buffer(data);
  }

  asio::awaitable<Reservation> obtain(Lane lane, std::size_t buffers);
  Reservation try_obtain(Lane lane, std::size_t buffers);
  Reservation try_spare();
  void remove_holder(std::uint64_t number);

  std::byte* take_memory();
  void give_back(Lane lane, std::byte* data);
  void give_back_unused(Lane lane, std::size_t buffers);

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
  std::vector<std::byte*> idle;  // the last one given back is the next one taken: it is warm

 private:
  class Wakings;

  template <class Handler>
  void enqueue(Lane lane, std::size_t buffers, Handler handler);
  void leave_queue(Lane lane, std::uint64_t ticket);
  [[nodiscard]] std::optional<std::uint64_t> holder_to_ask_for(Lane lane, std::size_t buffers) const;
  void take_spares_for_those_who_wait(Lane lane, std::size_t buffers);
  [[nodiscard]] bool fits(Lane lane, std::size_t buffers) const;
};

/// Made before the mutex is locked, carried out after it was released: those whose turn has come.
class BufferPool::State::Wakings {
 public:
  explicit Wakings(State& state) : state_(state) {}
  Wakings(const Wakings&) = delete;
  Wakings& operator=(const Wakings&) = delete;
  ~Wakings() {
    for (auto& [waiter, share] : turns_) std::move(waiter).wake({}, std::move(share));
  }

  /// With the mutex held: takes from the heads of the queues whoever fits.
  void collect() {
    for (const Lane lane : {Lane::reserved, Lane::single, Lane::download}) {
      Side& side = state_.side(lane);
      for (auto first = side.queue.begin();
           first != side.queue.end() && state_.fits(lane, first->second.buffers);
           first = side.queue.erase(first)) {
        side.in_use += first->second.buffers;
        turns_.emplace_back(std::move(first->second.waiter),
                            Reservation(state_.shared_from_this(), lane, first->second.buffers));
      }
    }
  }

 private:
  State& state_;
  std::vector<std::pair<Waiter<Reservation>, Reservation>> turns_;
};

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
  std::unique_lock lock(mutex);
  const auto found = holders.find(number);
  const auto holder = found == holders.end() ? nullptr : found->second.lock();
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
  Wakings wakings(*this);  // what was missing may have become free meanwhile
  const std::lock_guard lock(mutex);
  const std::uint64_t ticket = ++next_ticket;
  Waiter<Reservation> waiter(std::move(handler));
  waiter.on_cancel([weak = weak_from_this(), lane, ticket] {
    if (const auto state = weak.lock()) state->leave_queue(lane, ticket);
  });
  side(lane).queue.emplace(ticket, Waiting{buffers, std::move(waiter)});
  wakings.collect();
}

void BufferPool::State::leave_queue(Lane lane, std::uint64_t ticket) {
  Wakings wakings(*this);  // those behind it may want less
  std::unique_lock lock(mutex);
  auto gone = side(lane).queue.extract(ticket);
  wakings.collect();
  lock.unlock();
  if (gone) std::move(gone.mapped().waiter).wake(asio::error::operation_aborted, {});
}

std::byte* BufferPool::State::take_memory() {
  {
    const std::lock_guard lock(mutex);
    if (!idle.empty()) {
      std::byte* data = idle.back();
      idle.pop_back();
      return data;
    }
  }
  return map_buffer();
}

void BufferPool::State::give_back(Lane lane, std::byte* data) {
  Wakings wakings(*this);
  {
    const std::lock_guard lock(mutex);
    if (idle.size() < kIdleBuffersMax) idle.push_back(std::exchange(data, nullptr));
    --side(lane).in_use;
    wakings.collect();
  }
  if (data != nullptr) unmap_buffer(data);
}

void BufferPool::State::give_back_unused(Lane lane, std::size_t buffers) {
  Wakings wakings(*this);
  const std::lock_guard lock(mutex);
  side(lane).in_use -= buffers;
  wakings.collect();
}

BufferPool::Buffer::Buffer(std::shared_ptr<State> state, Lane lane, std::byte* data)
    : state_(std::move(state)), lane_(lane), data_(data) {}

BufferPool::Buffer::Buffer(Buffer&& other) noexcept
    : state_(std::move(other.state_)), lane_(other.lane_), data_(std::exchange(other.data_, nullptr)) {}

BufferPool::Buffer& BufferPool::Buffer::operator=(Buffer&& other) noexcept {
  Buffer taken(std::move(other));
  std::swap(state_, taken.state_);
  std::swap(lane_, taken.lane_);
  std::swap(data_, taken.data_);
  return *this;
}

BufferPool::Buffer::~Buffer() {
  if (data_ != nullptr) state_->give_back(lane_, data_);
}

MutableBytes BufferPool::Buffer::bytes() const { return {data_, data_ == nullptr ? 0 : kBufferBytes}; }

BufferPool::Reservation::Reservation(std::shared_ptr<State> state, Lane lane, std::size_t buffers)
    : state_(std::move(state)), lane_(lane), buffers_left_(buffers) {}

BufferPool::Reservation::Reservation(Reservation&& other) noexcept
    : state_(std::move(other.state_)),
      lane_(other.lane_),
      buffers_left_(std::exchange(other.buffers_left_, 0)) {}

BufferPool::Reservation& BufferPool::Reservation::operator=(Reservation&& other) noexcept {
  Reservation taken(std::move(other));
  std::swap(state_, taken.state_);
  std::swap(lane_, taken.lane_);
  std::swap(buffers_left_, taken.buffers_left_);
  return *this;
}

BufferPool::Reservation::~Reservation() {
  if (buffers_left_ > 0) state_->give_back_unused(lane_, buffers_left_);
}

BufferPool::Buffer BufferPool::Reservation::take() {
  if (buffers_left_ == 0) throw std::logic_error("more buffers taken than were reserved");
  Buffer buffer(state_, lane_, state_->take_memory());
  --buffers_left_;
  return buffer;
}

BufferPool::SpareTicket::SpareTicket(std::shared_ptr<State> state, std::uint64_t number)
    : state_(std::move(state)), number_(number) {}

BufferPool::SpareTicket::SpareTicket(SpareTicket&&) noexcept = default;

BufferPool::SpareTicket& BufferPool::SpareTicket::operator=(SpareTicket&& other) noexcept {
  SpareTicket taken(std::move(other));
  std::swap(state_, taken.state_);
  std::swap(number_, taken.number_);
  return *this;
}

BufferPool::SpareTicket::~SpareTicket() {
  if (state_ != nullptr) state_->remove_holder(number_);
}

BufferPool::BufferPool(std::int64_t budget_bytes) {
  constexpr auto kMin = static_cast<std::int64_t>(2 * kBufferBytes);
  if (budget_bytes < kMin) throw std::invalid_argument("a buffer pool needs at least two buffers");
  state_ = std::make_shared<State>(static_cast<std::size_t>(budget_bytes) / kBufferBytes);
}

BufferPool::~BufferPool() {
  std::map<std::uint64_t, State::Waiting> singles;  // die after the mutex was released: coroutines give back
                                                    // what they hold
  std::map<std::uint64_t, State::Waiting> reservations;
  std::map<std::uint64_t, State::Waiting> downloads;
  const std::lock_guard lock(state_->mutex);
  singles.swap(state_->singles.queue);
  reservations.swap(state_->reservations.queue);
  downloads.swap(state_->downloads.queue);
}

asio::awaitable<BufferPool::Buffer> BufferPool::acquire() {
  const auto state = state_;
  Reservation share = co_await state->obtain(Lane::single, 1);
  co_return share.take();
}

BufferPool::Buffer BufferPool::try_acquire() {
  Reservation share = state_->try_obtain(Lane::single, 1);
  if (!share) return {};
  return share.take();
}

asio::awaitable<BufferPool::DownloadTurn> BufferPool::download_turn() {
  const auto state = state_;
  Reservation counted = co_await state->obtain(Lane::download, 1);
  co_return DownloadTurn(std::move(counted));
}

asio::awaitable<BufferPool::Reservation> BufferPool::reserve(std::int64_t bytes) {
  const auto state = state_;
  const std::size_t buffers = buffers_for(bytes);
  if (buffers > state->reservable_max) co_return Reservation{};
  co_return co_await state->obtain(Lane::reserved, buffers);
}

BufferPool::Reservation BufferPool::set_aside(std::int64_t bytes) {
  return state_->try_obtain(Lane::single, buffers_for(bytes));
}

BufferPool::SpareTicket BufferPool::add_spare(const std::shared_ptr<Spare>& holder) {
  const std::lock_guard lock(state_->mutex);
  const std::uint64_t number = ++state_->next_ticket;
  state_->holders.emplace(number, holder);
  return SpareTicket(state_, number);
}

BufferPool::Buffer BufferPool::spare_buffer() {
  Reservation share = state_->try_spare();
  if (!share) return {};
  return share.take();
}

std::int64_t BufferPool::in_use_bytes() const {
  const std::lock_guard lock(state_->mutex);
  return static_cast<std::int64_t>(state_->in_use() * kBufferBytes);
}

std::int64_t BufferPool::spare_bytes() const {
  const std::lock_guard lock(state_->mutex);
  return static_cast<std::int64_t>(state_->spares.in_use * kBufferBytes);
}

std::int64_t BufferPool::budget_bytes() const {
  return static_cast<std::int64_t>(state_->buffers_max * kBufferBytes);
}

std::int64_t BufferPool::reservable_bytes() const {
  return static_cast<std::int64_t>(state_->reservable_max * kBufferBytes);
}

}  // namespace longshore
