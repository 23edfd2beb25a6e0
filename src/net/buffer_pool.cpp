#include "net/buffer_pool.h"

#include <map>
#include <mutex>
#include <new>
#include <stdexcept>
#include <sys/mman.h>
#include <utility>
#include <vector>

#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

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

}  // namespace

struct BufferPool::State : std::enable_shared_from_this<State> {
  struct Waiting {
    std::size_t buffers;
    Waiter<Reservation> waiter;
  };

  explicit State(std::size_t budget) : buffers_max(budget) { idle.reserve(kIdleBuffersMax); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    for (std::byte* data : idle) unmap_buffer(data);
  }

  /// An empty reservation if somebody waits already, or if they are not free.
  Reservation try_grant(std::size_t buffers);
  asio::awaitable<Reservation> queue_up(std::size_t buffers);
  void leave_queue(std::uint64_t ticket);

  std::byte* take_memory();
  void give_back(std::byte* data);
  void give_back_unused(std::size_t buffers);

  const std::size_t buffers_max;
  mutable std::mutex mutex;
  std::size_t buffers_in_use = 0;  // handed out or reserved
  std::uint64_t next_ticket = 0;
  std::map<std::uint64_t, Waiting> queue;  // by ticket: first come first served
  std::vector<std::byte*> idle;            // the last one given back is the next one taken: it is warm

 private:
  class Wakings;

  template <class Handler>
  void enqueue(std::size_t buffers, Handler handler);
  [[nodiscard]] bool fits(std::size_t buffers) const { return buffers <= buffers_max - buffers_in_use; }
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

  /// With the mutex held: takes from the head of the queue whoever fits.
  void collect() {
    for (auto first = state_.queue.begin(); first != state_.queue.end() && state_.fits(first->second.buffers);
         first = state_.queue.erase(first)) {
      state_.buffers_in_use += first->second.buffers;
      turns_.emplace_back(std::move(first->second.waiter),
                          Reservation(state_.shared_from_this(), first->second.buffers));
    }
  }

 private:
  State& state_;
  std::vector<std::pair<Waiter<Reservation>, Reservation>> turns_;
};

BufferPool::Reservation BufferPool::State::try_grant(std::size_t buffers) {
  const std::lock_guard lock(mutex);
  if (!queue.empty() || !fits(buffers)) return {};
  buffers_in_use += buffers;
  return Reservation(shared_from_this(), buffers);
}

asio::awaitable<BufferPool::Reservation> BufferPool::State::queue_up(std::size_t buffers) {
  const auto self = shared_from_this();
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>,
                                          void(boost::system::error_code, Reservation)>(
      [this, buffers](auto handler) { enqueue(buffers, std::move(handler)); }, asio::use_awaitable);
}

template <class Handler>
void BufferPool::State::enqueue(std::size_t buffers, Handler handler) {
  Wakings wakings(*this);  // what was missing may have become free meanwhile
  const std::lock_guard lock(mutex);
  const std::uint64_t ticket = ++next_ticket;
  Waiter<Reservation> waiter(std::move(handler));
  waiter.on_cancel([weak = weak_from_this(), ticket] {
    if (const auto state = weak.lock()) state->leave_queue(ticket);
  });
  queue.emplace(ticket, Waiting{buffers, std::move(waiter)});
  wakings.collect();
}

void BufferPool::State::leave_queue(std::uint64_t ticket) {
  Wakings wakings(*this);  // those behind it may want less
  std::unique_lock lock(mutex);
  auto gone = queue.extract(ticket);
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

void BufferPool::State::give_back(std::byte* data) {
  Wakings wakings(*this);
  {
    const std::lock_guard lock(mutex);
    if (idle.size() < kIdleBuffersMax) idle.push_back(std::exchange(data, nullptr));
    --buffers_in_use;
    wakings.collect();
  }
  if (data != nullptr) unmap_buffer(data);
}

void BufferPool::State::give_back_unused(std::size_t buffers) {
  Wakings wakings(*this);
  const std::lock_guard lock(mutex);
  buffers_in_use -= buffers;
  wakings.collect();
}

BufferPool::Buffer::Buffer(std::shared_ptr<State> state, std::byte* data)
    : state_(std::move(state)), data_(data) {}

BufferPool::Buffer::Buffer(Buffer&& other) noexcept
    : state_(std::move(other.state_)), data_(std::exchange(other.data_, nullptr)) {}

BufferPool::Buffer& BufferPool::Buffer::operator=(Buffer&& other) noexcept {
  Buffer taken(std::move(other));
  std::swap(state_, taken.state_);
  std::swap(data_, taken.data_);
  return *this;
}

BufferPool::Buffer::~Buffer() {
  if (data_ != nullptr) state_->give_back(data_);
}

MutableBytes BufferPool::Buffer::bytes() const { return {data_, data_ == nullptr ? 0 : kBufferBytes}; }

BufferPool::Reservation::Reservation(std::shared_ptr<State> state, std::size_t buffers)
    : state_(std::move(state)), buffers_left_(buffers) {}

BufferPool::Reservation::Reservation(Reservation&& other) noexcept
    : state_(std::move(other.state_)), buffers_left_(std::exchange(other.buffers_left_, 0)) {}

BufferPool::Reservation& BufferPool::Reservation::operator=(Reservation&& other) noexcept {
  Reservation taken(std::move(other));
  std::swap(state_, taken.state_);
  std::swap(buffers_left_, taken.buffers_left_);
  return *this;
}

BufferPool::Reservation::~Reservation() {
  if (buffers_left_ > 0) state_->give_back_unused(buffers_left_);
}

BufferPool::Buffer BufferPool::Reservation::take() {
  if (buffers_left_ == 0) throw std::logic_error("more buffers taken than were reserved");
  Buffer buffer(state_, state_->take_memory());
  --buffers_left_;
  return buffer;
}

BufferPool::BufferPool(std::int64_t budget_bytes) {
  constexpr auto kMin = static_cast<std::int64_t>(2 * kBufferBytes);
  if (budget_bytes < kMin) throw std::invalid_argument("a buffer pool needs at least two buffers");
  state_ = std::make_shared<State>(static_cast<std::size_t>(budget_bytes) / kBufferBytes);
}

BufferPool::~BufferPool() {
  std::map<std::uint64_t, State::Waiting> dropped;  // outside of the mutex: coroutines die, and give back
                                                    // what they hold
  const std::lock_guard lock(state_->mutex);
  dropped.swap(state_->queue);
}

asio::awaitable<BufferPool::Buffer> BufferPool::acquire() {
  const auto state = state_;
  Reservation share = state->try_grant(1);
  if (!share) share = co_await state->queue_up(1);
  co_return share.take();
}

asio::awaitable<BufferPool::Reservation> BufferPool::reserve(std::int64_t bytes) {
  if (bytes < 0) throw std::logic_error("a negative reservation");
  if (bytes > budget_bytes() / 2) co_return Reservation{};
  const auto state = state_;
  const std::size_t buffers = (static_cast<std::size_t>(bytes) + kBufferBytes - 1) / kBufferBytes;
  Reservation share = state->try_grant(buffers);
  if (!share) share = co_await state->queue_up(buffers);
  co_return share;
}

std::int64_t BufferPool::in_use_bytes() const {
  const std::lock_guard lock(state_->mutex);
  return static_cast<std::int64_t>(state_->buffers_in_use * kBufferBytes);
}

std::int64_t BufferPool::budget_bytes() const {
  return static_cast<std::int64_t>(state_->buffers_max * kBufferBytes);
}

}  // namespace longshore
