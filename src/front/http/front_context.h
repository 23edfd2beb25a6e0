#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "front/common/client_limits.h"
#include "front/common/counted.h"
#include "front/common/front_ports.h"
#include "front/common/public_calls.h"
#include "front/common/readiness_cache.h"
#include "front/http/http_config.h"

namespace longshore::http {

/// What all sessions of a front share. Thread-safe.
struct FrontContext {
  FrontContext(FrontPorts given, ClientLimits& limited, HttpConfig chosen)
      : ports(std::move(given)),
        limits(limited),
        config(std::move(chosen)),
        public_calls(ports.coordinator, config.unary_message_max),
        readiness(ports.readiness, kReadinessIsFresh) {}

  const FrontPorts ports;
  ClientLimits& limits;
  const HttpConfig config;
  const PublicCalls public_calls;
  ReadinessCache readiness;
  std::atomic<bool> draining{false};
  std::atomic<int>& requests = limits.in_flight();  // until their connection is ready for the next, or closed
  std::atomic<int> watchers{0};                     // likewise, of progress streams
  const std::shared_ptr<ClientShares> connections = limits.connections_of_front();
  const std::shared_ptr<ClientShares> operators_connections = ClientShares::of(100);  // scrapers and probes
};

}  // namespace longshore::http
