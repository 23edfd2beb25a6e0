#include "apps/longshored/redis_state.h"

namespace longshore::server {
namespace {

// For a sweep that is late, and a completion that takes its time.
constexpr Millis kSpare = std::chrono::hours{24};

}  // namespace

RedisState::RedisState(const Config& config, Timers& timers, Random& random, const Log& log)
    : client_(config.redis, timers, random, log), store_(client_, session_kept(config.policy)) {}

Millis session_kept(const UploadPolicy& policy) { return policy.lifetime + policy.orphan_age + kSpare; }

}  // namespace longshore::server
