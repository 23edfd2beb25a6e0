#pragma once

#include <atomic>
#include <utility>

#include "base/random.h"
#include "coordinator/coordinator.h"
#include "front/http/http_config.h"
#include "front/http/rate_limit.h"
#include "front/http/readiness_cache.h"
#include "net/buffer_pool.h"
#include "net/timers.h"
#include "obs/log.h"
#include "obs/metrics.h"

namespace longshore::http {

/// What the front stands on; all of it outlives the front.
struct HttpPorts {
  Coordinator& coordinator;
  BufferPool& buffers;
  Timers& timers;
  Clock& clock;
  Random& random;
  Metrics& metrics;
  Log log;
  Readiness readiness;
};

/// Below what a balancer looks at, above what a flood of questions could cost.
inline constexpr Millis kReadinessIsFresh{1000};

/// What all sessions of a front share. Thread-safe.
struct FrontContext {
  FrontContext(HttpPorts given, HttpConfig chosen)
      : ports(std::move(given)),
        config(std::move(chosen)),
        rate_limit(config.request_rate),
        readiness(ports.readiness, kReadinessIsFresh) {}

  const HttpPorts ports;
  const HttpConfig config;
  RateLimit rate_limit;
  ReadinessCache readiness;
  std::atomic<bool> draining{false};
  std::atomic<int> requests{0};  // from their header until their connection is ready for the next, or closed
  std::atomic<int> watchers{0};  // likewise, of progress streams
};

/// Counted as long as it lives, by one counter at a time.
class Counted {
 public:
  explicit Counted(std::atomic<int>& counter) : counter_(&counter) { ++*counter_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --*counter_; }
  void move_to(std::atomic<int>& other) {
    ++other;
    --*std::exchange(counter_, &other);
  }

 private:
  std::atomic<int>* counter_;
};

}  // namespace longshore::http
