#pragma once

#include <memory>
#include <mutex>

#include "net/waiter.h"
#include "ports/body_source.h"

namespace longshore::server {

/// Wakes one coroutine from any thread. A ring that finds nobody waiting is not forgotten; several are one.
/// Outlives who waits.
class Doorbell {
 public:
  /// From any thread.
  void ring();
  /// At the next ring, or at once if it rang since the last one was heard. By one coroutine at a time.
  Task<void> rung();

 private:
  void give_up();

  std::mutex mutex_;
  bool rings_ = false;
  std::unique_ptr<Waiter<Nothing>> waiter_;  // null: nobody waits
};

}  // namespace longshore::server
