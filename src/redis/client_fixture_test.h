#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <sstream>
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
        "return redis.call('HSET', KEYS[1], 'text', old .. ARGV[1])",
        Effect::each_time);
    return {.script = &script, .keys = {key}, .arguments = {text}};
  }
  static Call get(const std::string& key) {
    static const Script script("return redis.call('HGET', KEYS[1], 'text')", Effect::none);
    return {.script = &script, .keys = {key}, .arguments = {}};
  }
  /// The same, however often.
  static Call set(const std::string& key, const std::string& text) {
    static const Script script("return redis.call('HSET', KEYS[1], 'text', ARGV[1])", Effect::repeats);
    return {.script = &script, .keys = {key}, .arguments = {text}};
  }
  static Call echo(const std::string& text) {
    static const Script script("return ARGV[1]", Effect::none);
    return {.script = &script, .keys = {"upload:k"}, .arguments = {text}};
  }

  std::unique_ptr<Client> client(const Options& options) {
    return std::make_unique<Client>(options, timers_, random_, log_);
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

  const SystemClock clock_;
  std::ostringstream said_;  // the log
  const Log log_ = Log::to_stream(said_, LogFormat::kText, LogLevel::kDebug, clock_);
  AsioTimers timers_;
  SystemRandom random_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

}  // namespace longshore::redis
