#include "net/buffer_pool.h"

#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "net/buffer_pool_state.h"

namespace longshore {

namespace asio = boost::asio;

namespace {

std::size_t buffers_for(std::int64_t bytes) {
  if (bytes < 0) throw std::logic_error("a negative reservation");
  return (static_cast<std::size_t>(bytes) + BufferPool::kBufferBytes - 1) / BufferPool::kBufferBytes;
}

}  // namespace

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
  if (data_ == nullptr) return;
  state_->memory.give_back(data_);
  state_->give_back(lane_, 1);
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
  if (buffers_left_ > 0) state_->give_back(lane_, buffers_left_);
}

BufferPool::Buffer BufferPool::Reservation::take() {
  if (buffers_left_ == 0) throw std::logic_error("more buffers taken than were reserved");
  Buffer buffer(state_, lane_, state_->memory.take());
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

void BufferPool::trim() { state_->memory.trim(); }

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
