#include <csignal>
#include <string>

#include "redis/client_fixture_test.h"
#include "redis/slots.h"
#include "tests/fakes/scripted_server.h"

// Where the keys are somewhere else: after a fail-over, in a cluster, behind a connection that ends.

namespace longshore::redis {
namespace {

using fakes::Peer;
using fakes::ScriptedServer;
using services::RedisProcess;

using FailOver = ClientFixture;

Options patient(Options options) {
  options.timeout = Millis{15'000};
  return options;
}

/// Sentinels' servers 0 and 1 are the master and its replica, 2 the Sentinel.
TEST_F(FailOver, CallsFollowTheMaster) {
  const RedisProcess servers("sentinel");
  Options by_list = patient(servers.options());
  by_list.url = parse_url("redis://127.0.0.1:" + std::to_string(servers.ports[0]) +
                          ",127.0.0.1:" + std::to_string(servers.ports[1]));
  const auto listed = client(by_list);
  const auto named = client(patient(servers.options()));
  run(*listed, append("k", "a"));
  run(*named, append("k", "b"));
  servers.tell(0, {"WAIT", "1", "5000"});

  // It takes a replica of which it has heard not long ago.
  while (servers.tell(2, {"SENTINEL", "FAILOVER", "uploads"}).text != "OK")
    ASSERT_LT(elapsed(), Millis{15'000});
  while (servers.tell(1, {"ROLE"}).elements.at(0).text != "master") ASSERT_LT(elapsed(), Millis{30'000});
  while (servers.tell(0, {"ROLE"}).elements.at(0).text != "slave") ASSERT_LT(elapsed(), Millis{30'000});

  // The Sentinel ends connections to the old master when it likes: what was sent just then is not known.
  for (Client* redis : {listed.get(), named.get()}) {
    while (const auto lost = failure(*redis, append("k", "c"))) ASSERT_EQ(lost->outcome(), Outcome::unknown);
  }
  for (Client* redis : {listed.get(), named.get()}) {
    EXPECT_EQ(run(*redis, get("k")).text.substr(0, 4), "abcc") << "as the replica had it";
  }
  EXPECT_EQ(servers.tell(1, {"HGET", "k", "text"}).text.substr(0, 4), "abcc");
}

TEST_F(FailOver, AMasterThatHasBecomeAReplicaIsLeft) {
  const RedisProcess servers("sentinel");
  Options one = short_of_time(servers.options());
  one.url = parse_url("redis://127.0.0.1:" + std::to_string(servers.ports[0]));
  const auto redis = client(one);
  run(*redis, append("k", "a"));
  servers.tell(0, {"REPLICAOF", "127.0.0.1", std::to_string(servers.ports[1])});
  const auto refused = failure(*redis, append("k", "b"));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->outcome(), Outcome::retry) << "a replica has done nothing";
}

TEST_F(FailOver, RedirectsOfAClusterAreFollowed) {
  const RedisProcess servers("cluster");
  const auto redis = client(patient(servers.options()));
  const std::string key = "{moving}";
  const std::string slot = std::to_string(slot_of(key));
  std::vector<std::string> ids;
  for (std::size_t n = 0; n < 3; ++n) ids.push_back(servers.tell(n, {"CLUSTER", "MYID"}).text);
  EXPECT_EQ(servers.tell(0, {"CLUSTER", "KEYSLOT", key}).integer, slot_of(key));
  run(*redis, append(key, "a"));

  std::size_t from = 0;
  while (servers.tell(from, {"EXISTS", key}).is_error()) ++from;
  const std::size_t to = (from + 1) % 3;
  // The slot is on its way, and its one key has gone ahead: ASK.
  servers.tell(to, {"CLUSTER", "SETSLOT", slot, "IMPORTING", ids[from]});
  servers.tell(from, {"CLUSTER", "SETSLOT", slot, "MIGRATING", ids[to]});
  const std::string port = std::to_string(servers.ports[to]);
  EXPECT_EQ(servers.tell(from, {"MIGRATE", "127.0.0.1", port, key, "0", "5000"}).text, "OK");
  run(*redis, append(key, "b"));
  // And there it stays: MOVED.
  for (const std::size_t n : {to, from, 3 - to - from})
    EXPECT_EQ(servers.tell(n, {"CLUSTER", "SETSLOT", slot, "NODE", ids[to]}).text, "OK");
  run(*redis, append(key, "c"));
  EXPECT_EQ(run(*redis, get(key)).text, "abc");
}

TEST_F(FailOver, ACallOfManySlotsIsSentToAllNodes) {
  const RedisProcess servers("cluster");
  const auto redis = client(patient(servers.options()));
  std::vector<Call> calls;
  for (int i = 0; i < 300; ++i) calls.push_back(append("key" + std::to_string(i), std::to_string(i)));
  await(redis->run(std::move(calls)));
  for (std::size_t n = 0; n < 3; ++n) EXPECT_GT(servers.tell(n, {"DBSIZE"}).integer, 30);
}

/// A node that was reset answers as well, but knows nothing.
TEST_F(FailOver, ANodeWithoutSlotsIsNotBelieved) {
  const RedisProcess servers("cluster");
  ScriptedServer reset({[](Peer& peer) {
    while (peer.read(std::string_view("*2\r\n$7\r\nCLUSTER\r\n$5\r\nSLOTS\r\n").size()).size() > 0)
      peer.send("*0\r\n");
  }});
  Options options = short_of_time(servers.options());
  options.url.addresses.insert(options.url.addresses.begin(),
                               Address{.host = "127.0.0.1", .port = reset.port(), .socket = {}});
  const auto redis = client(options);
  run(*redis, append("k", "a"));
  EXPECT_EQ(run(*redis, get("k")).text, "a");
}

/// Its host has lost its power: nobody says that it is gone.
TEST_F(FailOver, AReplicaTakesTheSlotsOfAMasterThatIsGone) {
  const RedisProcess servers("replicated-cluster");
  const auto redis = client(patient(servers.options()));
  std::vector<std::string> keys;
  for (int n = 0; n < 30; ++n) keys.push_back("key" + std::to_string(n));
  for (const std::string& key : keys) run(*redis, set(key, "a"));
  ::kill(servers.servers.at(0), SIGSTOP);
  for (const std::string& key : keys) {
    std::vector<Call> calls;
    calls.push_back(set(key, "b"));
    EXPECT_EQ(await(redis->run(std::move(calls))).size(), 1U) << key;
  }
  for (const std::string& key : keys) EXPECT_EQ(run(*redis, get(key)).text, "b") << key;
  ::kill(servers.servers.at(0), SIGCONT);
}

}  // namespace
}  // namespace longshore::redis
