#pragma once

#include "apps/longshored/adapters.h"
#include "apps/longshored/background.h"
#include "apps/longshored/fronts.h"
#include "apps/longshored/loops.h"
#include "net/timers.h"
#include "obs/log.h"

namespace longshore::server {

/// What has to end, in this order, and how long requests under way may take.
struct Running {
  Fronts& fronts;
  Background& background;
  Adapters& adapters;
  Loops& loops;
  Timers& timers;
  Millis drain_timeout{};
};

/// Waits for SIGTERM or SIGINT, then takes the server down: requests under way finish, new ones are refused,
/// background work ends, waiting events are published, connections to other servers are closed, and the loops
/// are stopped. A second signal has its default effect: the process ends at once, as after a crash, which
/// costs nothing but a longer next start. Runs on the first loop.
Task<void> shut_down_on_signal(Running running, Log log);

}  // namespace longshore::server
