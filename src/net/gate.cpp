#include "net/gate.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/waiter.h"

namespace longshore {

namespace asio = boost::asio;

namespace {

/// One spawned coroutine. Used on its executor alone, since a cancellation signal is not thread-safe.
struct Running {
  explicit Running(asio::any_io_executor on) : executor(std::move(on)) {}

  const asio::any_io_executor executor;
  asio::cancellation_signal signal;
  bool cancelled = false;  // also when that came before it had started
};

}  // namespace

struct Gate::State : std::enable_shared_from_this<State> {
  mutable std::mutex mutex;
  bool closed = false;
  std::uint64_t next_id = 0;
  std::map<std::uint64_t, std::shared_ptr<Running>> running;
  std::map<std::uint64_t, Waiter<Nothing>> drainers;

  class Pass;

  void leave(std::uint64_t id);
  template <class Handler>
  void wait_drained(Handler handler);
  void give_up_waiting(std::uint64_t id);
};

/// Held by a running coroutine's completion handler; destroyed with it, whether it was called or dropped.
class Gate::State::Pass {
 public:
  Pass(std::shared_ptr<State> state, std::uint64_t id) : state_(std::move(state)), id_(id) {}
  Pass(Pass&&) noexcept = default;
  Pass& operator=(Pass&&) = delete;
  ~Pass() {
    if (state_) state_->leave(id_);
  }

 private:
  std::shared_ptr<State> state_;
  std::uint64_t id_;
};

void Gate::State::leave(std::uint64_t id) {
  std::map<std::uint64_t, Waiter<Nothing>> woken;
  {
    const std::lock_guard lock(mutex);
    running.erase(id);
    if (running.empty()) woken.swap(drainers);
  }
  for (auto& [_, waiter] : woken) std::move(waiter).wake({}, {});
}

template <class Handler>
void Gate::State::wait_drained(Handler handler) {
  const std::lock_guard lock(mutex);
  const std::uint64_t id = ++next_id;
  Waiter<Nothing> waiter(std::move(handler));
  waiter.on_cancel([weak = weak_from_this(), id] {
    if (const auto state = weak.lock()) state->give_up_waiting(id);
  });
  if (running.empty()) {
    std::move(waiter).wake({}, {});
  } else {
    drainers.emplace(id, std::move(waiter));
  }
}

void Gate::State::give_up_waiting(std::uint64_t id) {
  std::unique_lock lock(mutex);
  auto waiting = drainers.extract(id);
  lock.unlock();
  if (waiting) std::move(waiting.mapped()).wake(asio::error::operation_aborted, {});
}

Gate::Gate() : state_(std::make_shared<State>()) {}

Gate::~Gate() = default;

bool Gate::spawn(asio::any_io_executor executor, asio::awaitable<void> work,
                 std::function<void(std::exception_ptr)> on_error) {
  auto self = std::make_shared<Running>(executor);
  std::uint64_t id = 0;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->closed) return false;
    id = ++state_->next_id;
    state_->running.emplace(id, self);
  }
  auto on_end = [pass = State::Pass(state_, id), self,
                 on_error = std::move(on_error)](std::exception_ptr error) {
    if (error && on_error) on_error(std::move(error));
  };
  asio::post(executor, [self, work = std::move(work), on_end = std::move(on_end)]() mutable {
    if (self->cancelled) return;
    asio::co_spawn(self->executor, std::move(work),
                   asio::bind_cancellation_slot(self->signal.slot(), std::move(on_end)));
  });
  return true;
}

void Gate::close() {
  const std::lock_guard lock(state_->mutex);
  state_->closed = true;
}

void Gate::cancel() {
  std::vector<std::shared_ptr<Running>> all;
  {
    const std::lock_guard lock(state_->mutex);
    for (const auto& [_, running] : state_->running) all.push_back(running);
  }
  for (auto& one : all) {
    auto executor = one->executor;
    asio::post(executor, [one = std::move(one)] {
      one->cancelled = true;
      one->signal.emit(asio::cancellation_type::terminal);
    });
  }
}

asio::awaitable<void> Gate::drained() {
  auto state = state_;
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code, Nothing)>(
      [state](auto handler) { state->wait_drained(std::move(handler)); }, asio::use_awaitable);
}

std::size_t Gate::running() const {
  const std::lock_guard lock(state_->mutex);
  return state_->running.size();
}

}  // namespace longshore
