#pragma once

#include "apps/longshored/config.h"
#include "apps/longshored/loops.h"
#include "front/common/client_limits.h"
#include "front/common/front_ports.h"
#include "front/grpc/grpc_front.h"
#include "front/http/http_front.h"
#include "obs/log.h"

namespace longshore::server {

/// Both protocols, as the configuration has them. Made once everything behind them is there.
class Fronts {
 public:
  Fronts(const FrontPorts& ports, const Config& config);

  /// Binds all ports of the configuration. Throws Error that names one that cannot be had.
  void listen(Loops& loops, const Config& config, const Log& log);
  /// Lets what is under way finish, for at most `patience`, and refuses what is new. Once, on a running loop.
  Task<void> drain(Millis patience);

  [[nodiscard]] int in_flight() { return limits_.in_flight(); }

 private:
  ClientLimits limits_;
  http::HttpFront http_;
  grpc::GrpcFront grpc_;
};

/// Throws Error that names a port of the configuration that cannot be had; Outcome::retry: somebody listens
/// there. For an answer before anything is made: listen() finds out once more.
void require_free_ports(const Config& config);

}  // namespace longshore::server
