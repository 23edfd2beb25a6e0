#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "front/common/client_limits.h"
#include "front/common/counted.h"
#include "front/common/front_ports.h"
#include "front/common/public_calls.h"
#include "front/common/readiness_cache.h"
#include "front/grpc/grpc_config.h"

namespace longshore::grpc {

/// What all sessions of the front share. Thread-safe.
struct GrpcContext {
  GrpcContext(FrontPorts given, ClientLimits& limited, GrpcConfig chosen)
      : ports(std::move(given)),
        limits(limited),
        config(std::move(chosen)),
        message_bytes_max(grpc::message_bytes_max(config, ports.buffers)),
        public_calls(ports.coordinator, message_bytes_max),
        readiness(ports.readiness, kReadinessIsFresh) {}

  const FrontPorts ports;
  ClientLimits& limits;
  const GrpcConfig config;
  const std::int64_t message_bytes_max;
  const PublicCalls public_calls;
  ReadinessCache readiness;
  std::atomic<bool> draining{false};
  std::atomic<int>& calls = limits.in_flight();  // to the last byte of their answer
  std::atomic<int> watchers{0};                  // likewise, of server streams
  /// Connections, and calls beyond the first one of each.
  const std::shared_ptr<ClientShares> connections = limits.connections_of_front();
};

}  // namespace longshore::grpc
