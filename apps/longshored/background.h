#pragma once

#include <exception>
#include <functional>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>

#include "base/random.h"
#include "coordinator/coordinator.h"
#include "net/gate.h"
#include "net/timers.h"
#include "obs/log.h"
#include "obs/metrics.h"
#include "ports/body_source.h"

namespace longshore::server {

/// The work that nobody waits for, and how often.
struct BackgroundWork {
  std::function<Task<int>(int limit)> sweep;  // how many rows it looked at
  Millis sweep_interval{};
  std::function<Task<int>(int limit)> drain_outbox;  // how many rows it published
  std::function<Task<void>()> refresh_gauges;
  std::function<void()> trim_memory;
  std::function<Task<void>()> fresh_events;  // returns when there may be events; empty: nobody tells
};

/// Runs the sweep, the outbox, the gauges and the trimming as loops on one executor, from start() until
/// stop(). An error is logged and the loop goes on: what failed is due again later. `timers`, `random`,
/// `metrics` outlive it.
class Background {
 public:
  /// A row can take minutes (a large object that the store puts together, or that is read back): the other
  /// loops go on meanwhile, with other rows, since each claims those that it looks at.
  static constexpr int kSweepLoops = 4;
  static_assert(kSweepLoops > Coordinator::kLongLooksMax);

  Background(BackgroundWork work, Timers& timers, Random& random, Metrics& metrics, Log log);

  /// All loops begin at once: what the last process left behind is not made to wait.
  void start(const boost::asio::any_io_executor& executor);
  /// Returns when all have ended; what they are doing is cancelled. Idempotent.
  Task<void> stop();
  /// Publishes what still waits, once the loops have stopped: as their drainer, so that what a cancelled turn
  /// had claimed is not left out. Ends when nothing more can be published; throws what publishing throws.
  Task<void> publish_rest();

 private:
  Task<void> sweep_loop();
  Task<void> outbox_loop();
  /// Until there may be events, or for so long.
  Task<void> wait_for_events(Millis at_most);
  Task<void> gauges_loop();
  Task<void> trim_loop();
  /// Logs what a turn failed with; called while it is being handled, throws it on if it is the cancellation
  /// by stop().
  void report(std::string_view work, const std::exception& error) const;

  BackgroundWork work_;
  Timers& timers_;
  Random& random_;
  Metrics& metrics_;
  Log log_;
  Gate gate_;
};

}  // namespace longshore::server
