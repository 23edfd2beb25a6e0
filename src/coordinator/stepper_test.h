#pragma once

#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/timers.h"
#include "net/waiter.h"
#include "ports/body_source.h"
#include "tests/fakes/manual_clock.h"

namespace longshore {

/// Timers on a clock that a test moves: sleepers wake in the order of their times.
class ClockTimers final : public Timers {
 public:
  explicit ClockTimers(ManualClock& clock) : clock_(clock) {}

  Task<void> sleep_for(Millis duration) override {
    namespace asio = boost::asio;
    const std::pair key{clock_.now() + duration, next_++};
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code, Nothing)>(
        [this, key](auto handler) {
          Waiter<Nothing> sleeper(std::move(handler));
          sleeper.on_cancel([this, key] {
            auto cancelled = sleepers_.extract(key);
            if (cancelled) std::move(cancelled.mapped()).wake(asio::error::operation_aborted, {});
          });
          sleepers_.emplace(key, std::move(sleeper));
        },
        asio::use_awaitable);
  }

  /// Destroys the coroutines that sleep.
  void drop() {
    while (!sleepers_.empty()) std::exchange(sleepers_, {});
  }

  /// Moves the clock to the next sleeper, if there is one until `end`, and wakes it.
  bool wake_next(Time end = Time::max()) {
    if (sleepers_.empty() || sleepers_.begin()->first.first > end) return false;
    auto sleeper = sleepers_.extract(sleepers_.begin());
    if (sleeper.key().first > clock_.now()) clock_.set(sleeper.key().first);
    std::move(sleeper.mapped()).wake({}, {});
    return true;
  }

 private:
  ManualClock& clock_;
  std::uint64_t next_ = 0;
  std::map<std::pair<Time, std::uint64_t>, Waiter<Nothing>> sleepers_;
};

/// Runs coroutines on one thread; when none can go on, the clock jumps to the next sleeper.
class Stepper {
 public:
  explicit Stepper(ManualClock& clock) : clock_(clock), timers_(clock) {}

  /// A coroutine under way.
  template <class T>
  class Running {
   public:
    [[nodiscard]] bool done() const { return state_->ended; }
    void cancel() { state_->signal.emit(boost::asio::cancellation_type::terminal); }
    /// Its result, or its exception; it has ended.
    T get() {
      if (!state_->ended) throw std::logic_error("it has not ended");
      if (state_->error) std::rethrow_exception(state_->error);
      return std::move(*state_->result);
    }

   private:
    friend class Stepper;
    struct State {
      bool ended = false;
      std::exception_ptr error;
      std::optional<T> result;
      boost::asio::cancellation_signal signal;
    };
    std::shared_ptr<State> state_ = std::make_shared<State>();
  };

  /// Starts it and lets it come as far as it can at this moment.
  template <class T>
  Running<T> start(Task<T> task) {
    Running<T> running;
    boost::asio::co_spawn(
        *loop_, std::move(task),
        boost::asio::bind_cancellation_slot(running.state_->signal.slot(),
                                            [state = running.state_](std::exception_ptr error, T result) {
                                              state->ended = true;
                                              state->error = std::move(error);
                                              if (!state->error) state->result.emplace(std::move(result));
                                            }));
    settle();
    return running;
  }
  void spawn(Task<void> task) {
    boost::asio::co_spawn(*loop_, std::move(task), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
  }

  /// Runs it to its end, whatever time that takes.
  template <class T>
  T run(Task<T> task) {
    return finish(start(std::move(task)));
  }
  template <class T>
  T finish(Running<T> running) {
    const Time end = clock_.now() + kLongest;
    for (settle(); !running.done(); settle())
      if (!timers_.wake_next(end)) throw std::logic_error("it waits for something that never comes");
    return running.get();
  }

  /// All that can be done at this moment.
  void settle() {
    loop_->restart();
    loop_->poll();
  }
  void advance(Millis duration) {
    const Time end = clock_.now() + duration;
    for (settle(); timers_.wake_next(end); settle()) {
    }
    clock_.set(end);
  }

  /// Destroys every coroutine under way: before the objects that they use.
  void drop() {
    timers_.drop();
    loop_.reset();
  }

  [[nodiscard]] Timers& timers() { return timers_; }

 private:
  static constexpr Millis kLongest = std::chrono::hours{2};  // of any request

  ManualClock& clock_;
  std::unique_ptr<boost::asio::io_context> loop_ = std::make_unique<boost::asio::io_context>();
  ClockTimers timers_;
};

}  // namespace longshore
