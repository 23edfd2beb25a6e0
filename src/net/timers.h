#pragma once

#include <boost/asio/awaitable.hpp>

#include "base/clock.h"

namespace longshore {

/// Waiting, as a value: Asio's timers in the server, the simulated clock in the simulation. Thread-safe.
class Timers {
 public:
  Timers() = default;
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;
  virtual ~Timers() = default;

  /// Resumes the caller, on its own executor, after `duration`. Throws operation_aborted when cancelled.
  virtual boost::asio::awaitable<void> sleep_for(Millis duration) = 0;
};

/// steady_timer on the caller's executor.
class AsioTimers final : public Timers {
 public:
  boost::asio::awaitable<void> sleep_for(Millis duration) override;
};

}  // namespace longshore
