#pragma once

// For the tests of this folder: an executor that is no io_context, and a clock that is moved by hand.

#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/timers.h"
#include "net/waiter.h"

namespace longshore {

/// Runs what is posted to it when run() is called. Single-threaded.
class StepContext : public boost::asio::execution_context {
  struct Task {
    virtual ~Task() = default;
    virtual void run() = 0;
  };

 public:
  struct Executor {
    StepContext* context;

    bool operator==(const Executor&) const noexcept = default;
    StepContext& query(boost::asio::execution::context_t) const noexcept { return *context; }
    static constexpr boost::asio::execution::blocking_t query(boost::asio::execution::blocking_t) noexcept {
      return boost::asio::execution::blocking.never;
    }
    Executor require(boost::asio::execution::blocking_t::never_t) const noexcept { return *this; }
    template <class F>
    void execute(F f) const {
      struct Posted final : Task {
        explicit Posted(F&& posted) : work(std::move(posted)) {}
        void run() override {
          F running(std::move(work));
          std::move(running)();
        }
        F work;
      };
      context->ready_.push_back(std::make_unique<Posted>(std::move(f)));
    }
  };

  ~StepContext() {
    while (!ready_.empty()) std::exchange(ready_, {});  // dropping a coroutine posts its destruction
    shutdown();
    destroy();
  }

  Executor get_executor() { return {this}; }

  void run() {
    while (!ready_.empty()) run_one(ready_.begin());
  }
  /// The other way round, as no executor promises an order.
  void run_last_first() {
    while (!ready_.empty()) run_one(std::prev(ready_.end()));
  }

 private:
  using Ready = std::deque<std::unique_ptr<Task>>;

  void run_one(Ready::iterator which) {
    auto task = std::move(*which);
    ready_.erase(which);
    task->run();
  }

  Ready ready_;
};

/// Sleepers wake when advance() passes their time, in order of time.
class ManualTimers final : public Timers {
 public:
  boost::asio::awaitable<void> sleep_for(Millis duration) override {
    namespace asio = boost::asio;
    const std::pair key{now_ + duration, next_++};
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code, Nothing)>(
        [this, key](auto handler) {
          Waiter<Nothing> sleeper(std::move(handler));
          sleeper.on_cancel([this, key] {
            auto cancelled = sleeping_.extract(key);
            if (cancelled) std::move(cancelled.mapped()).wake(asio::error::operation_aborted, {});
          });
          sleeping_.emplace(key, std::move(sleeper));
        },
        asio::use_awaitable);
  }

  /// Moves the clock, and lets `context` do all that is to be done at each moment on the way.
  void advance(StepContext& context, Millis duration) {
    const Millis end = now_ + duration;
    context.run();
    while (!sleeping_.empty() && sleeping_.begin()->first.first <= end) {
      now_ = sleeping_.begin()->first.first;
      auto sleeper = sleeping_.extract(sleeping_.begin());
      std::move(sleeper.mapped()).wake({}, {});
      context.run();
    }
    now_ = end;
  }

  [[nodiscard]] std::size_t sleepers() const { return sleeping_.size(); }
  [[nodiscard]] Millis now() const { return now_; }

 private:
  Millis now_{0};
  std::uint64_t next_ = 0;
  std::map<std::pair<Millis, std::uint64_t>, Waiter<Nothing>> sleeping_;
};

}  // namespace longshore
