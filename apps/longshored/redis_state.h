#pragma once

#include "apps/longshored/config.h"
#include "base/random.h"
#include "net/timers.h"
#include "obs/log.h"
#include "redis/client.h"
#include "state/redis/redis_session_store.h"

namespace longshore::server {

/// The session store in Redis, with its connections.
class RedisState {
 public:
  /// Throws std::runtime_error if a certificate cannot be read. Connects to nothing yet.
  RedisState(const Config& config, Timers& timers, Random& random, const Log& log);

  [[nodiscard]] SessionStore& store() { return store_; }

 private:
  redis::Client client_;
  redis::RedisSessionStore store_;
};

/// How long a session is kept: longer than any upload may live, and than the sweep looks at it afterwards.
Millis session_kept(const UploadPolicy& policy);

}  // namespace longshore::server
