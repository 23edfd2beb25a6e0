#pragma once

#include <chrono>
#include <optional>

#include "front/common/patience.h"
#include "front/grpc/signal.h"
#include "net/timers.h"
#include "ports/body_source.h"

namespace longshore::grpc {

/// The time of a connection: it stands still while the server does not read, so that no client pays for what
/// the server waits for (memory, a slow store). One executor.
class ReadingTime {
 public:
  using Steady = std::chrono::steady_clock;

  /// It stands still as long as this lives; one at a time.
  class Pause {
   public:
    explicit Pause(ReadingTime& time) : time_(time) { time_.stopped_at_ = Steady::now(); }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;
    ~Pause() {
      time_.behind_ += Steady::now() - *time_.stopped_at_;
      time_.stopped_at_.reset();
    }

   private:
    ReadingTime& time_;
  };

  [[nodiscard]] Steady::time_point now() const { return stopped_at_.value_or(Steady::now()) - behind_; }
  [[nodiscard]] bool stands_still() const { return stopped_at_.has_value(); }

 private:
  Steady::duration behind_{0};
  std::optional<Steady::time_point> stopped_at_;
};

/// Until `changed`, or until `patience` with the client is over, which pays for this wait.
Task<void> wait_for_client(Signal& changed, Patience& patience, const ReadingTime& time, Timers& timers);

}  // namespace longshore::grpc
