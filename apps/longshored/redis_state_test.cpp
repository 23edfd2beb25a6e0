#include "apps/longshored/redis_state.h"

#include <gtest/gtest.h>

#include "apps/longshored/config_fixture_test.h"

namespace longshore::server {
namespace {

using RedisStateTest = ConfigFixture;

/// Else the sweep would look at an upload whose session has just gone by itself.
TEST_F(RedisStateTest, ASessionOutlivesItsUploadAndTheSweep) {
  for (const char* sweep : {"", "[sweep]\nlifetime = \"300d\"\n", "[sweep]\nidle = \"10d\"\n"}) {
    const UploadPolicy policy = load(sweep).config.policy;
    EXPECT_GE(session_kept(policy), policy.lifetime + policy.orphan_age + Millis{std::chrono::hours{24}});
  }
}

TEST_F(RedisStateTest, ACertificateThatCannotBeReadIsSaidAtOnce) {
  Config config = load("").config;
  config.redis.url = redis::parse_url("rediss://127.0.0.1:1");
  config.redis.ca_file = folder_ / "none.pem";
  AsioTimers timers;
  SystemRandom random;
  EXPECT_THROW(RedisState(config, timers, random, Log::none()), std::runtime_error);
}

}  // namespace
}  // namespace longshore::server
