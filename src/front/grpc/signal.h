#pragma once

#include <cstdint>
#include <map>

#include "net/waiter.h"
#include "ports/body_source.h"

namespace longshore::grpc {

/// "Something has changed": coroutines wait for the next time, then look at what they wait for. Used on one
/// executor, and outlives those who wait.
class Signal {
 public:
  Signal() = default;
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  /// Until the next notify(). Throws operation_aborted when cancelled.
  Task<void> wait();
  /// Wakes all who wait now; they go on later, not inside this call.
  void notify();

 private:
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, Waiter<Nothing>> waiting_;
};

}  // namespace longshore::grpc
