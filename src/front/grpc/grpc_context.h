#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>

#include "front/common/counted.h"
#include "front/common/front_ports.h"
#include "front/common/public_calls.h"
#include "front/common/rate_limit.h"
#include "front/common/readiness_cache.h"
#include "front/grpc/grpc_config.h"
#include "net/client_shares.h"

namespace longshore::grpc {

/// What all sessions of the front share. Thread-safe.
struct GrpcContext {
  GrpcContext(FrontPorts given, GrpcConfig chosen)
      : ports(std::move(given)),
        config(std::move(chosen)),
        small_share(ports.buffers.set_aside(ports.buffers.budget_bytes() / kSmallPart)),
        small(shares_of(ports.buffers.budget_bytes() / kSmallPart, kClientPart)),
        reserved(shares_of(ports.buffers.budget_bytes() / 2, 2)),
        streams(shares_of(config.watchers_max, kClientPart)),
        public_calls(ports.coordinator, message_bytes_max()),
        rate_limit(config.request_rate),
        readiness(ports.readiness, kReadinessIsFresh) {
    if (!small_share) throw std::logic_error("the memory budget is in use before the front begins");
  }

  /// The largest message that can be held: half of the budget is the most that anybody gets.
  [[nodiscard]] std::int64_t message_bytes_max() const {
    return std::min(config.message_bytes_max, ports.buffers.budget_bytes() / 2);
  }

  /// How much of the memory budget is small memory: enough for two thousand calls that wait with a full first
  /// window, of 256 MiB.
  static constexpr std::int64_t kSmallPart = 8;

  /// No client has more than this part of it, or of the server streams.
  static constexpr std::int64_t kClientPart = 4;

  static std::shared_ptr<ClientShares> shares_of(std::int64_t all, std::int64_t client_part) {
    return std::make_shared<ClientShares>(ClientShares::Caps{.all = all, .each = all / client_part});
  }

  const FrontPorts ports;
  const GrpcConfig config;
  const BufferPool::Reservation small_share;
  const std::shared_ptr<ClientShares> small;     // bytes, in small_share
  const std::shared_ptr<ClientShares> reserved;  // bytes of messages that are held
  const std::shared_ptr<ClientShares> streams;   // server streams
  const PublicCalls public_calls;
  RateLimit rate_limit;
  ReadinessCache readiness;
  std::atomic<bool> draining{false};
  std::atomic<int> calls{0};     // from their header to the last byte of their answer
  std::atomic<int> watchers{0};  // likewise, of server streams
};

}  // namespace longshore::grpc
