#pragma once

#include <atomic>
#include <utility>

#include "front/common/counted.h"
#include "front/common/front_ports.h"
#include "front/common/rate_limit.h"
#include "front/common/readiness_cache.h"
#include "front/http/http_config.h"

namespace longshore::http {

/// Below what a balancer looks at, above what a flood of questions could cost.
inline constexpr Millis kReadinessIsFresh{1000};

/// What all sessions of a front share. Thread-safe.
struct FrontContext {
  FrontContext(FrontPorts given, HttpConfig chosen)
      : ports(std::move(given)),
        config(std::move(chosen)),
        rate_limit(config.request_rate),
        readiness(ports.readiness, kReadinessIsFresh) {}

  const FrontPorts ports;
  const HttpConfig config;
  RateLimit rate_limit;
  ReadinessCache readiness;
  std::atomic<bool> draining{false};
  std::atomic<int> requests{0};  // from their header until their connection is ready for the next, or closed
  std::atomic<int> watchers{0};  // likewise, of progress streams
};

}  // namespace longshore::http
