#include "redis/client.h"

#include <algorithm>
#include <charconv>
#include <csignal>

#include "redis/client_fixture_test.h"

namespace longshore::redis {
namespace {

using services::RedisProcess;

/// One server, with an ACL user whose password is known.
class RedisClient : public ClientFixture {
 protected:
  static RedisProcess& server() {
    static RedisProcess one("single");
    return one;
  }
  RedisClient() { server().wipe(); }

  static Options options() {
    Options all = server().options();
    all.timeout = Millis{5000};
    return all;
  }
  static int number(const std::string& digits) {
    int value = -1;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }
  /// Of the server's statistics.
  static std::string stat(const std::string& section, const std::string& name) {
    const std::string info = server().tell(0, {"INFO", section}).text;
    const std::size_t at = info.find(name + ":") + name.size() + 1;
    return info.substr(at, info.find('\r', at) - at);
  }
};

TEST_F(RedisClient, TenThousandCallsShareOneConnection) {
  const auto redis = client(options());
  run(*redis, echo("first"));
  const int before = number(stat("stats", "total_connections_received"));
  std::vector<Call> calls;
  for (int i = 0; i < 10'000; ++i) calls.push_back(echo(std::to_string(i)));
  const std::vector<Reply> replies = await(redis->run(std::move(calls)));
  ASSERT_EQ(replies.size(), 10'000U);
  for (std::size_t i = 0; i < replies.size(); ++i) ASSERT_EQ(replies[i].text, std::to_string(i));
  EXPECT_EQ(number(stat("stats", "total_connections_received")), before + 1) << "the one that asks this";
}

TEST_F(RedisClient, NothingIsAskedForNothing) {
  const auto redis = client(options());
  EXPECT_TRUE(await(redis->run({})).empty());
}

TEST_F(RedisClient, ByItsUnixSocket) {
  Options by_socket = options();
  by_socket.url = parse_url(server().socket + "?db=5");
  const auto redis = client(by_socket);
  run(*redis, append("upload:a", "x"));
  EXPECT_EQ(stat("keyspace", "db5").substr(0, 6), "keys=1");
  EXPECT_EQ(run(*client(options()), get("upload:a")).kind, Reply::Kind::nil) << "that is another database";
}

TEST_F(RedisClient, ScriptsThatTheServerHasForgottenAreSentAgain) {
  const auto redis = client(options());
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(run(*redis, echo("x")).text, "x");
    server().tell(0, {"SCRIPT", "FLUSH"});
  }
}

TEST_F(RedisClient, AConnectionThatEndsIsMadeAnew) {
  const auto redis = client(options());
  for (int round = 0; round < 5; ++round) {
    EXPECT_EQ(run(*redis, echo("x")).text, "x");
    server().tell(0, {"CLIENT", "KILL", "USER", "uploads"});
  }
}

TEST_F(RedisClient, AServerThatDiesAndComesAgainIsWaitedFor) {
  RedisProcess mortal("single");
  Options patient = mortal.options();
  patient.timeout = Millis{10'000};
  const auto redis = client(patient);
  run(*redis, echo("x"));
  ::kill(mortal.servers.at(0), SIGKILL);
  EXPECT_EQ(run(*redis, echo("y")).text, "y");
}

TEST_F(RedisClient, AStalledServerCostsTheTimeoutAndNoMoreThanTheQueue) {
  Options bounded = short_of_time(options());
  bounded.calls_max = 50;
  const auto redis = client(bounded);
  run(*redis, echo("x"));
  ::kill(server().servers.at(0), SIGSTOP);

  std::vector<Task<std::optional<Outcome>>> tasks;
  const auto outcome = [](Client& of, Call call) -> Task<std::optional<Outcome>> {
    std::vector<Call> calls(1);
    calls[0] = std::move(call);
    try {
      co_await of.run(std::move(calls));
    } catch (const Error& error) {
      co_return error.outcome();
    }
    co_return std::nullopt;
  };
  for (int i = 0; i < 80; ++i) tasks.push_back(outcome(*redis, append("upload:stalled", "x")));
  const auto ends = await_all(std::move(tasks));
  ::kill(server().servers.at(0), SIGCONT);

  EXPECT_EQ(std::ranges::count(ends, Outcome::unknown), 50) << "they were sent";
  EXPECT_EQ(std::ranges::count(ends, Outcome::retry), 30) << "too many";
  EXPECT_LT(elapsed(), Millis{5000});
  const auto patient = client(options());
  EXPECT_EQ(run(*patient, echo("x")).text, "x");
}

TEST_F(RedisClient, AStalledServerThatWakesIsUsedAgain) {
  const auto redis = client(short_of_time(options()));
  run(*redis, echo("x"));
  ::kill(server().servers.at(0), SIGSTOP);
  const auto late = failure(*redis, echo("late"));
  ::kill(server().servers.at(0), SIGCONT);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->outcome(), Outcome::retry) << "it only reads";
  while (failure(*redis, echo("x"))) ASSERT_LT(elapsed(), Millis{10'000});
}

TEST_F(RedisClient, TooManyBytesAreRefused) {
  Options small = options();
  small.bytes_max = 10'000;
  const auto redis = client(small);
  const auto refused = failure(*redis, echo(std::string(10'000, 'x')));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->outcome(), Outcome::retry);
  EXPECT_EQ(run(*redis, echo("x")).text, "x") << "and take no place";
}

TEST_F(RedisClient, AWrongPasswordIsSaidAtOnceAndNotTold) {
  Options wrong = options();
  wrong.password = Secret("not-this-one");
  const auto redis = client(wrong);
  const auto refused = failure(*redis, echo("x"));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->outcome(), Outcome::refused);
  EXPECT_NE(said_.str().find("WRONGPASS"), std::string::npos) << said_.str();
  EXPECT_EQ(said_.str().find("not-this-one"), std::string::npos);
  EXPECT_EQ(refused->message(), "the session store refuses this server") << "that is all that clients read";
  EXPECT_LT(elapsed(), Millis{3000});
}

TEST_F(RedisClient, WhereSomeAreAwayAWrongPasswordElsewhereIsNotTheEnd) {
  Options wrong = short_of_time(options());
  wrong.password = Secret("not-this-one");
  wrong.url.addresses.insert(wrong.url.addresses.begin(),
                             Address{.host = "127.0.0.1", .port = 1, .socket = {}});
  const auto refused = failure(*client(wrong), echo("x"));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->outcome(), Outcome::retry);
}

TEST_F(RedisClient, ADatabaseThatThereIsNotIsSaidAtOnce) {
  Options wrong = options();
  wrong.url.database = 60'000;
  const auto refused = failure(*client(wrong), echo("x"));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->outcome(), Outcome::refused);
}

TEST_F(RedisClient, APathThatNoSocketCanHaveIsAnErrorLikeOthers) {
  Options wrong = short_of_time(options());
  wrong.url.addresses = {Address{.host = {}, .port = 0, .socket = "/" + std::string(200, 's')}};
  const auto redis = client(wrong);
  for (int round = 0; round < 2; ++round) {
    const auto late = failure(*redis, echo("x"));
    ASSERT_TRUE(late);
    EXPECT_EQ(late->outcome(), Outcome::retry);
  }
  EXPECT_NE(said_.str().find("ss cannot be reached"), std::string::npos) << said_.str();
}

TEST_F(RedisClient, OfAScriptThatBreaksOffItIsNotKnownWhatItDid) {
  static const Script script(
      "redis.call('HSET', KEYS[1], 'text', 'x')\nreturn redis.call('LPUSH', KEYS[1], 'x')", Effect::repeats);
  const auto redis = client(options());
  const auto failed = failure(*redis, Call{.script = &script, .keys = {"upload:half"}, .arguments = {}});
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->outcome(), Outcome::unknown);
  EXPECT_EQ(run(*redis, get("upload:half")).text, "x");
}

TEST_F(RedisClient, WhatTheUserMayNotDoIsRefused) {
  const auto redis = client(options());
  const auto refused = failure(*redis, get("other:key"));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->outcome(), Outcome::refused);
}

TEST_F(RedisClient, NobodyThereIsToldInTime) {
  Options nobody = short_of_time(options());
  nobody.url = parse_url("redis://127.0.0.1:1");
  const auto redis = client(nobody);
  const auto late = failure(*redis, append("k", "x"));
  ASSERT_TRUE(late);
  EXPECT_EQ(late->outcome(), Outcome::retry) << "nothing was sent";
  EXPECT_NE(said_.str().find("127.0.0.1:1 cannot be reached"), std::string::npos) << said_.str();
  EXPECT_EQ(late->message(), "the session store does not answer") << "that is all that clients read";
  EXPECT_LT(elapsed(), Millis{3000});
}

TEST_F(RedisClient, AClientMayEndWhileCallsAreUnderWay) {
  Options nobody = options();
  nobody.url = parse_url("redis://127.0.0.1:1");
  boost::asio::io_context loop;
  auto redis = client(nobody);
  std::vector<Call> calls(1);
  calls[0] = echo("x");
  auto never = boost::asio::co_spawn(loop, redis->run(std::move(calls)), boost::asio::use_future);
  loop.poll();
  redis.reset();
  EXPECT_LT(elapsed(), Millis{3000});
}

}  // namespace
}  // namespace longshore::redis
