#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "redis/client.h"
#include "state/redis/redis_session_store.h"
#include "tests/contract/session_store_suite.h"
#include "tests/services/redis_process.h"

namespace longshore {

/// The servers of that kind of this program; there until it ends.
inline services::RedisProcess& the_redis(const std::string& kind) {
  static std::map<std::string, std::unique_ptr<services::RedisProcess>> all;
  auto& one = all[kind];
  if (!one) one = std::make_unique<services::RedisProcess>(kind);
  return *one;
}

/// Tells scripts what a test's clock says, where they ask Redis what time it is: so that a test can let
/// hours pass. All else is Redis'.
class ByTestClock final : public redis::ScriptRunner {
 public:
  ByTestClock(redis::ScriptRunner& redis, const Clock& clock) : redis_(redis), clock_(clock) {}

  Task<std::vector<redis::Reply>> run(std::vector<redis::Call> calls) override {
    for (redis::Call& call : calls) call.script = &at_this_moment(*call.script);
    co_return co_await redis_.run(std::move(calls));
  }

 private:
  const redis::Script& at_this_moment(const redis::Script& script) {
    constexpr std::string_view kAsks = "call('TIME')";
    const std::int64_t now = epoch_ms(clock_.now());
    std::string text = script.text();
    const std::size_t at = text.find(kAsks);
    EXPECT_NE(at, std::string::npos) << "every script asks";
    text.replace(at, kAsks.size(),
                 "{'" + std::to_string(now / 1000) + "', '" + std::to_string(now % 1000 * 1000) + "'}");
    const std::lock_guard lock(mutex_);
    return scripts_.emplace_back(std::move(text), script.effect());
  }

  redis::ScriptRunner& redis_;
  const Clock& clock_;
  std::mutex mutex_;
  std::list<redis::Script> scripts_;
};

class InRedis final : public SessionStoreUnderTest {
 public:
  InRedis(const std::string& kind, const Clock& clock) : clock_(clock), servers_(the_redis(kind)) {
    servers_.wipe();
  }
  SessionStore& store() override { return store_; }

 private:
  static constexpr Millis kSessionKept{3'600'000};

  const Clock& clock_;
  services::RedisProcess& servers_;
  AsioTimers timers_;
  SystemRandom random_;
  redis::Client client_{servers_.options(), timers_, random_, Log::none()};
  ByTestClock at_{client_, clock_};
  redis::RedisSessionStore store_{at_, kSessionKept};
};

}  // namespace longshore
