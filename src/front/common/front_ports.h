#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "coordinator/coordinator.h"
#include "front/common/readiness_cache.h"
#include "net/buffer_pool.h"
#include "net/timers.h"
#include "obs/log.h"
#include "obs/metrics.h"

namespace longshore {

/// What a front stands on; all of it outlives the front.
struct FrontPorts {
  Coordinator& coordinator;
  BufferPool& buffers;
  Timers& timers;
  Clock& clock;
  Random& random;
  Metrics& metrics;
  Log log;
  Readiness readiness;
};

}  // namespace longshore
