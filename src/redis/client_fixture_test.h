#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "domain/error.h"
#include "redis/client.h"
#include "tests/fakes/await.h"
#include "tests/services/redis_process.h"

namespace longshore::redis {

/// Calls of small scripts on real servers, or on none.
class ClientFixture : public testing::Test {
 protected:
  static Call append(const std::string& key, const std::string& text) {
    static const Script script(
        "local old = redis.call('HGET', KEYS[1], 'text') or ''\n"
        "return redis.call('HSET', KEYS[1], 'text', old .. ARGV[1])");
    return {.script = &script, .keys = {key}, .arguments = {text}};
  }
  static Call get(const std::string& key) {
    static const Script script("return redis.call('HGET', KEYS[1], 'text')");
    return {.script = &script, .keys = {key}, .arguments = {}, .reads = true};
  }
  static Call echo(const std::string& text) {
    static const Script script("return ARGV[1]");
    return {.script = &script, .keys = {"upload:k"}, .arguments = {text}, .reads = true};
  }

  std::unique_ptr<Client> client(const Options& options) {
    return std::make_unique<Client>(options, timers_, random_, Log::none());
  }
  static Reply run(Client& redis, Call call) {
    std::vector<Call> calls(1);
    calls[0] = std::move(call);
    return await(redis.run(std::move(calls))).at(0);
  }
  /// The error that it ends with.
  static std::optional<Error> failure(Client& redis, Call call) {
    try {
      run(redis, std::move(call));
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), Reason::state_unavailable);
      return error;
    }
    return std::nullopt;
  }
  static Options short_of_time(Options options) {
    options.timeout = Millis{400};
    return options;
  }
  Millis elapsed() const {
    return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begun_);
  }

  AsioTimers timers_;
  SystemRandom random_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

}  // namespace longshore::redis
