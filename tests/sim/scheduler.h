#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/system/error_code.hpp>

#include "base/clock.h"
#include "net/timers.h"
#include "net/waiter.h"
#include "tests/sim/dice.h"

namespace longshore::sim {

class Scheduler;

/// What can die, or stand still, by itself: one life of a server, or the rest of the world. Each has an
/// executor; killing it discards all of its coroutines where they stand, as SIGKILL does; freezing it holds
/// them back, as SIGSTOP does. Owned by the scheduler, until the end of the history.
class Process {
 public:
  Process(Scheduler& scheduler, std::string name) : scheduler_(scheduler), name_(std::move(name)) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void kill();
  void freeze() { frozen_ = true; }
  void thaw();

  [[nodiscard]] bool dead() const { return dead_; }
  [[nodiscard]] bool frozen() const { return frozen_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] boost::asio::any_io_executor executor();
  [[nodiscard]] Scheduler& scheduler() const { return scheduler_; }

 private:
  friend class Scheduler;
  struct Job {
    virtual ~Job() = default;
    virtual void run() = 0;
  };

  Scheduler& scheduler_;
  std::string name_;
  bool dead_ = false;
  bool frozen_ = false;
  std::vector<std::unique_ptr<Job>> held_;  // while frozen
};

/// One thread, a clock that jumps, a seed: of all that is ready, dice choose what runs next, and when nothing
/// is ready time goes on to the next timer. An Asio execution context, so that the product's coroutines run
/// on it as they are.
class Scheduler final : public boost::asio::execution_context {
 public:
  class Executor;

  explicit Scheduler(Dice dice) : dice_(dice) {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  ~Scheduler();

  Process& add_process(std::string name);

  /// Runs one ready task, or moves time to the next timer. False: nothing is left, or only after `until`.
  bool step(Time until);
  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

  /// Resumes the caller, on its own executor, at `at`. Throws operation_aborted when cancelled.
  boost::asio::awaitable<void> sleep_until(Time at);

  /// Drops every coroutine there is. Called before the objects that coroutines use are destroyed.
  void drop_everything();

 private:
  friend class Process;
  using Job = Process::Job;
  using Sleepers = std::map<std::pair<Time, std::uint64_t>, Waiter<Nothing>>;

  void add(Process& process, std::unique_ptr<Job> job);
  void wake(Sleepers::iterator sleeper, boost::system::error_code error);

  Dice dice_;
  Time now_ = from_epoch_ms(1'700'000'000'000);  // any day will do
  std::uint64_t steps_ = 0;
  std::uint64_t sleeps_ = 0;
  Process* running_ = nullptr;  // whose task is being run
  std::vector<std::pair<Process*, std::unique_ptr<Job>>> ready_;
  Sleepers sleepers_;
  std::vector<std::unique_ptr<Process>> processes_;
};

/// What Asio asks of an executor. As an io_context's does, it runs at once what is dispatched from within the
/// process itself.
class Scheduler::Executor {
 public:
  explicit Executor(Process& process) : process_(&process) {}
  bool operator==(const Executor&) const noexcept = default;

  Scheduler& query(boost::asio::execution::context_t) const noexcept { return process_->scheduler(); }
  [[nodiscard]] boost::asio::execution::blocking_t query(boost::asio::execution::blocking_t) const noexcept {
    return may_run_at_once_ ? boost::asio::execution::blocking_t(boost::asio::execution::blocking.possibly)
                            : boost::asio::execution::blocking_t(boost::asio::execution::blocking.never);
  }
  [[nodiscard]] Executor require(boost::asio::execution::blocking_t::possibly_t) const noexcept {
    return with(true);
  }
  [[nodiscard]] Executor require(boost::asio::execution::blocking_t::never_t) const noexcept {
    return with(false);
  }

  template <class F>
  void execute(F work) const {
    struct Work final : Job {
      F function;
      explicit Work(F&& f) : function(std::move(f)) {}
      void run() override {
        F last(std::move(function));
        std::move(last)();
      }
    };
    Scheduler& scheduler = process_->scheduler();
    if (may_run_at_once_ && scheduler.running_ == process_ && !process_->dead()) {
      std::move(work)();
    } else {
      scheduler.add(*process_, std::make_unique<Work>(std::move(work)));
    }
  }

 private:
  [[nodiscard]] Executor with(bool may_run_at_once) const {
    Executor changed = *this;
    changed.may_run_at_once_ = may_run_at_once;
    return changed;
  }

  Process* process_;
  bool may_run_at_once_ = true;
};

/// The simulated time, as one server sees it.
class SimClock final : public Clock {
 public:
  explicit SimClock(const Scheduler& scheduler, Millis skew = Millis{0})
      : scheduler_(scheduler), skew_(skew) {}
  [[nodiscard]] Time now() const override { return scheduler_.now() + skew_; }

 private:
  const Scheduler& scheduler_;
  Millis skew_;
};

class SimTimers final : public Timers {
 public:
  explicit SimTimers(Scheduler& scheduler) : scheduler_(scheduler) {}
  boost::asio::awaitable<void> sleep_for(Millis duration) override {
    return scheduler_.sleep_until(scheduler_.now() + duration);
  }

 private:
  Scheduler& scheduler_;
};

}  // namespace longshore::sim
