#include <chrono>
#include <string>

#include "redis/client_fixture_test.h"
#include "tests/fakes/scripted_server.h"

// Connections to servers that say little.

namespace longshore::redis {
namespace {

using fakes::Peer;
using fakes::ScriptedServer;

using RedisLink = ClientFixture;

/// Takes the question after the role, and answers that it is the master.
void say_master(Peer& peer) {
  peer.read(std::string_view("*1\r\n$4\r\nROLE\r\n").size());
  peer.send("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n");
}

void answer_one(Peer& peer) {
  say_master(peer);
  peer.read(20);
  peer.send("$2\r\nhi\r\n");
  peer.wait_for_close();
}

void hear_and_say_nothing(Peer& peer) {
  say_master(peer);
  peer.wait_for_close();
}

/// As it leaves us, the first time.
std::string sent_as(Call call) {
  Pending pending;
  pending.call = std::move(call);
  std::string out;
  append_call(out, pending);
  return out;
}

Options of(const ScriptedServer& server) {
  Options options;
  options.url = parse_url("redis://127.0.0.1:" + std::to_string(server.port()));
  options.timeout = Millis{3000};
  return options;
}

TEST_F(RedisLink, WhatWasSentBeforeTheEndMayHaveBeenDone) {
  const auto hear_and_leave = [](Peer& peer) {
    say_master(peer);
    peer.read(20);
  };
  {
    ScriptedServer server({hear_and_leave, answer_one});
    const auto lost = failure(*client(of(server)), append("k", "x"));
    ASSERT_TRUE(lost);
    EXPECT_EQ(lost->outcome(), Outcome::unknown);
  }
  ScriptedServer server({hear_and_leave, answer_one});
  const auto redis = client(of(server));
  EXPECT_EQ(run(*redis, get("k")).text, "hi") << "what only reads is sent again";
  ScriptedServer other({hear_and_leave, answer_one});
  EXPECT_EQ(run(*client(of(other)), set("k", "x")).text, "hi") << "and what may be done twice";
  ScriptedServer never({hear_and_leave});
  const auto lost = failure(*client(short_of_time(of(never))), set("k", "x"));
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->outcome(), Outcome::unknown) << "but who has not heard does not know";
}

TEST_F(RedisLink, NoRedisAtAll) {
  ScriptedServer server({[](Peer& peer) {
    peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    peer.wait_for_close();
  }});
  Options options = short_of_time(of(server));
  const auto late = failure(*client(options), append("k", "x"));
  ASSERT_TRUE(late);
  EXPECT_EQ(late->outcome(), Outcome::retry);
  EXPECT_NE(said_.str().find("does not speak"), std::string::npos) << said_.str();
}

TEST_F(RedisLink, AServerThatHangsIsPassedOver) {
  ScriptedServer silent({[](Peer& peer) { peer.wait_for_close(); }});
  ScriptedServer server({[](Peer& peer) {
    say_master(peer);
    peer.read(20);
    peer.send(":1\r\n");
    peer.wait_for_close();
  }});
  Options options = of(silent);
  options.url.addresses.push_back(of(server).url.addresses.front());
  const auto redis = client(options);
  EXPECT_EQ(run(*redis, append("k", "x")).integer, 1);
}

TEST_F(RedisLink, AServerThatHasStalledIsLeftBeforeTheTimeIsOver) {
  ScriptedServer reads({hear_and_say_nothing, answer_one});
  EXPECT_EQ(run(*client(of(reads)), get("k")).text, "hi");
  ScriptedServer writes({hear_and_say_nothing, answer_one});
  const auto redis = client(of(writes));
  const auto lost = failure(*redis, append("k", "x"));
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->outcome(), Outcome::unknown);
  EXPECT_LT(elapsed(), of(writes).timeout);
}

TEST_F(RedisLink, ADeadConnectionIsNotLeftToTheNextCall) {
  const auto hesitate = [](Peer& peer) {
    await(AsioTimers().sleep_for(Millis{300}));
    hear_and_say_nothing(peer);
  };
  ScriptedServer server({hesitate, answer_one});
  const auto redis = client(short_of_time(of(server)));
  EXPECT_TRUE(failure(*redis, append("k", "x"))) << "sent late, it is late before the connection has stalled";
  await(AsioTimers().sleep_for(Millis{600}));
  EXPECT_EQ(run(*redis, append("k", "x")).text, "hi");
}

TEST_F(RedisLink, AConnectionThatWasIdleIsMadeAnew) {
  ScriptedServer server({answer_one});
  Options options = of(server);
  options.idle_most = Millis{50};
  auto redis = client(options);
  EXPECT_EQ(run(*redis, append("k", "x")).text, "hi");
  await(AsioTimers().sleep_for(Millis{300}));
  server.finish();
  EXPECT_EQ(run(*redis, append("k", "x")).text, "hi");
  redis.reset();
  EXPECT_EQ(said_.str(), "") << "nothing is wrong";
}

TEST_F(RedisLink, WhenTheServerEndsAnIdleConnectionNothingIsWrong) {
  ScriptedServer server({[](Peer& peer) {
    say_master(peer);
    peer.read(sent_as(get("k")).size());
    peer.send("$2\r\nhi\r\n");
  }});
  auto redis = client(of(server));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(run(*redis, get("k")).text, "hi");
    server.finish();
    await(AsioTimers().sleep_for(Millis{50}));
  }
  redis.reset();
  EXPECT_EQ(said_.str(), "");
}

/// The calls behind the first refusal have theirs on the way.
TEST_F(RedisLink, WhatAReplicaRefusesIsSentToTheMaster) {
  const std::size_t size = sent_as(append("k", "x")).size();
  const auto demoted = [&](Peer& peer) {
    say_master(peer);
    peer.read(2 * size);
    peer.send("-READONLY You can't write against a read only replica.\r\n");
    await(AsioTimers().sleep_for(Millis{100}));
    peer.send("-READONLY You can't write against a read only replica.\r\n");
    peer.wait_for_close();
  };
  const auto promoted = [&](Peer& peer) {
    say_master(peer);
    for (int n = 0; n < 2; ++n) {
      peer.read(size);
      peer.send(":1\r\n");
    }
    peer.wait_for_close();
  };
  ScriptedServer server({demoted, promoted});
  const auto redis = client(of(server));
  std::vector<Call> calls;
  for (int n = 0; n < 2; ++n) calls.push_back(append("k", "x"));
  EXPECT_EQ(await(redis->run(std::move(calls))).size(), 2U);
}

TEST_F(RedisLink, AServerThatCannotJustNowIsNotPressed) {
  const std::size_t size = sent_as(set("k", "x")).size();
  std::atomic<int> heard = 0;
  ScriptedServer server({[&](Peer& peer) {
    say_master(peer);
    while (peer.read(size).size() == size) {
      ++heard;
      peer.send("-LOADING Redis is loading the dataset in memory\r\n");
    }
  }});
  const auto late = failure(*client(of(server)), set("k", "x"));
  ASSERT_TRUE(late);
  EXPECT_EQ(late->outcome(), Outcome::retry);
  EXPECT_GE(heard, 3);
  EXPECT_LE(heard, 12);
}

}  // namespace
}  // namespace longshore::redis
