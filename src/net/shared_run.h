#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "net/gate.h"
#include "net/waiter.h"

namespace longshore {

/// Work of which one run at a time goes on, whoever and however many ask for it. A run belongs to nobody: who
/// caused it may be cancelled, and the others wait for it all the same. The work keeps what comes of it, its
/// errors too: what it throws is dropped.
///
/// Thread-safe. stop() it before the loops end.
class SharedRun {
 public:
  explicit SharedRun(std::function<boost::asio::awaitable<void>()> work) : work_(std::move(work)) {}

  /// Begins a run on `executor` if none is under way. False: it is stopped.
  bool start(boost::asio::any_io_executor executor);
  /// Waits for the run under way, or for a new one; not at all if one has ended since ended() was
  /// `ended_seen`. False: it is stopped.
  boost::asio::awaitable<bool> join(std::uint64_t ended_seen);

  /// How many runs have ended.
  [[nodiscard]] std::uint64_t ended() const;
  [[nodiscard]] bool is_running() const;

  /// Cancels the run under way, sends away who waits for it, and lets no other one begin.
  boost::asio::awaitable<void> stop();

 private:
  boost::asio::awaitable<void> run();
  void wake_all(bool ended);

  const std::function<boost::asio::awaitable<void>()> work_;
  Gate gate_;

  mutable std::mutex mutex_;  // of all that follows
  bool running_ = false;
  std::uint64_t ended_ = 0;
  std::uint64_t next_waiter_ = 0;
  std::map<std::uint64_t, Waiter<bool>> waiters_;
};

}  // namespace longshore
