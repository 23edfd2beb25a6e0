#pragma once

#include <atomic>

#include "base/random.h"
#include "coordinator/coordinator.h"
#include "front/http/http_config.h"
#include "front/http/rate_limit.h"
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

/// What all sessions of a front share. Thread-safe.
struct FrontContext {
  FrontContext(HttpPorts given, HttpConfig chosen)
      : ports(std::move(given)), config(std::move(chosen)), rate_limit(config.request_rate) {}

  const HttpPorts ports;
  const HttpConfig config;
  RateLimit rate_limit;
  std::atomic<bool> draining{false};
  std::atomic<int> requests{0};  // being served
  std::atomic<int> watchers{0};  // progress streams
};

/// Counted as long as it lives, or until release().
class Counted {
 public:
  explicit Counted(std::atomic<int>& counter) : counter_(&counter) { ++*counter_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { release(); }
  void release() {
    if (counter_ != nullptr) --*std::exchange(counter_, nullptr);
  }

 private:
  std::atomic<int>* counter_;
};

}  // namespace longshore::http
