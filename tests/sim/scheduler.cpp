#include "tests/sim/scheduler.h"

#include <algorithm>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace longshore::sim {

namespace asio = boost::asio;

void Process::kill() {
  dead_ = true;
  held_.clear();
}

void Process::thaw() {
  frozen_ = false;
  for (auto& job : std::exchange(held_, {})) scheduler_.add(*this, std::move(job));
}

asio::any_io_executor Process::executor() { return Scheduler::Executor(*this); }

Scheduler::~Scheduler() {
  drop_everything();
  shutdown();
  destroy();
}

Process& Scheduler::add_process(std::string name) {
  processes_.push_back(std::make_unique<Process>(*this, std::move(name)));
  return *processes_.back();
}

void Scheduler::add(Process& process, std::unique_ptr<Job> job) {
  ready_.emplace_back(&process, std::move(job));
}

bool Scheduler::step(Time until) {
  while (ready_.empty()) {
    if (sleepers_.empty() || sleepers_.begin()->first.first > until) return false;
    now_ = std::max(now_, sleepers_.begin()->first.first);
    while (!sleepers_.empty() && sleepers_.begin()->first.first <= now_) wake(sleepers_.begin(), {});
  }
  std::swap(ready_[dice_.below(ready_.size())], ready_.back());
  auto [process, job] = std::move(ready_.back());
  ready_.pop_back();
  ++steps_;
  if (process->dead()) return true;  // dropped
  if (process->frozen()) {
    process->held_.push_back(std::move(job));
  } else {
    running_ = process;
    job->run();
    running_ = nullptr;
  }
  return true;
}

asio::awaitable<void> Scheduler::sleep_until(Time at) {
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code, Nothing)>(
      [this, at](auto handler) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        const std::pair key{at, ++sleeps_};
        sleepers_.emplace(key, Waiter<Nothing>(std::move(handler)));
        if (!slot.is_connected()) return;
        slot.assign([this, key](asio::cancellation_type) {
          if (const auto found = sleepers_.find(key); found != sleepers_.end()) {
            wake(found, asio::error::operation_aborted);
          }
        });
      },
      asio::use_awaitable);
}

void Scheduler::wake(Sleepers::iterator sleeper, boost::system::error_code error) {
  auto woken = sleepers_.extract(sleeper);
  std::move(woken.mapped()).wake(error, {});
}

/// A dropped handler posts the destruction of its coroutine, and that may drop more: hence the loop.
void Scheduler::drop_everything() {
  for (const auto& process : processes_) process->held_.clear();
  while (!ready_.empty() || !sleepers_.empty()) {
    std::exchange(ready_, {});
    std::exchange(sleepers_, {});
    for (const auto& process : processes_) process->held_.clear();
  }
}

}  // namespace longshore::sim
