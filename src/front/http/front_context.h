#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>

#include "front/common/counted.h"
#include "front/common/front_ports.h"
#include "front/common/public_calls.h"
#include "front/common/rate_limit.h"
#include "front/common/readiness_cache.h"
#include "front/http/http_config.h"
#include "net/client_shares.h"

namespace longshore::http {

/// What all sessions of a front share. Thread-safe.
struct FrontContext {
  FrontContext(FrontPorts given, HttpConfig chosen)
      : ports(std::move(given)),
        config(std::move(chosen)),
        public_calls(ports.coordinator, config.unary_message_max),
        rate_limit(config.request_rate),
        small_room(ports.buffers.set_aside(ports.buffers.budget_bytes() / kSmallPart)),
        small(shares_of(ports.buffers.budget_bytes() / kSmallPart)),
        reserved(std::make_shared<ClientShares>(
            ClientShares::Caps{.all = std::numeric_limits<std::int64_t>::max(),
                               .each = ports.buffers.budget_bytes() / 2 / kClientPart})),
        streams(shares_of(config.watchers_max)),
        readiness(ports.readiness, kReadinessIsFresh) {
    if (!small_room) throw std::logic_error("the memory budget is in use before the front begins");
  }

  /// How much of the memory budget is for headers and small JSON bodies: 16 MiB of 256.
  static constexpr std::int64_t kSmallPart = 16;
  /// No client has more than this part of it, of what bodies may reserve, or of the progress streams.
  static constexpr std::int64_t kClientPart = 4;

  static std::shared_ptr<ClientShares> shares_of(std::int64_t all) {
    return std::make_shared<ClientShares>(ClientShares::Caps{.all = all, .each = all / kClientPart});
  }

  const FrontPorts ports;
  const HttpConfig config;
  const PublicCalls public_calls;
  RateLimit rate_limit;
  const BufferPool::Reservation small_room;
  const std::shared_ptr<ClientShares> small;     // bytes of headers and small JSON bodies, in small_room
  const std::shared_ptr<ClientShares> reserved;  // bytes that bodies reserve or wait for
  const std::shared_ptr<ClientShares> streams;   // progress streams
  ReadinessCache readiness;
  std::atomic<bool> draining{false};
  std::atomic<int> requests{0};  // from their header until their connection is ready for the next, or closed
  std::atomic<int> watchers{0};  // likewise, of progress streams
};

}  // namespace longshore::http
