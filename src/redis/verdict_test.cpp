#include "redis/verdict.h"

#include <string>

#include <gtest/gtest.h>

namespace longshore::redis {
namespace {

const Address kFrom{.host = "from", .port = 1, .socket = {}};

Verdict of(const std::string& error) {
  return judge(Reply{.kind = Reply::Kind::error, .text = error}, kFrom);
}

TEST(Verdict, WhatIsNoErrorIsTheAnswer) {
  EXPECT_TRUE(std::holds_alternative<Answered>(judge(Reply{}, kFrom)));
  EXPECT_TRUE(
      std::holds_alternative<Answered>(judge(Reply{.kind = Reply::Kind::text, .text = "MOVED"}, kFrom)));
}

TEST(Verdict, WhatOneMayDoAboutIt) {
  EXPECT_TRUE(std::holds_alternative<NotLoaded>(of("NOSCRIPT No matching script. Please use EVAL.")));
  for (const char* later :
       {"TRYAGAIN Multiple keys request during rehashing of slot", "CLUSTERDOWN The cluster is down",
        "LOADING Redis is loading the dataset in memory", "BUSY Redis is busy running a script",
        "NOREPLICAS Not enough good replicas to write.",
        "OOM command not allowed when used memory > 'maxmemory'.", "MISCONF Redis is configured to save",
        "ERR max number of clients reached",
        "ERR Error running script (call to f_1): @user_script:1: -OOM command not allowed",
        "ERR Error running script (call to f_1): @user_script:1: -MISCONF Redis is configured to save",
        "CLUSTERDOWN The cluster is down script: 0123, on @user_script:9.",
        "ERR Script attempted to access keys while the cluster is down script: 0123, on @user_script:9."})
    EXPECT_TRUE(std::holds_alternative<Later>(of(later))) << later;
  for (const char* replica :
       {"READONLY You can't write against a read only replica.", "MASTERDOWN Link with MASTER is down",
        "READONLY You can't write against a read only replica. script: 0123, on @user_script:9.",
        "ERR Error running script (call to f_1): @user_script:1: -READONLY You can't write"})
    EXPECT_TRUE(std::holds_alternative<NotMaster>(of(replica))) << replica;
  for (const char* in_the_middle :
       {"WRONGTYPE Operation against a key holding the wrong kind of value script: 0123, on @user_script:9.",
        "ERR Error running script (call to f_1): @user_script:1: WRONGTYPE Operation",
        "NOPERM this user has no permissions to run the 'zadd' command script: 0123, on @user_script:9."})
    EXPECT_TRUE(std::holds_alternative<BrokenOff>(of(in_the_middle))) << in_the_middle;
  for (const char* refused :
       {"NOAUTH Authentication required.", "NOPERM this user has no permissions", "WRONGTYPE Operation",
        "ERR unknown command", "", "MOVED", "MOVED 1", "MOVED 16384 a:1", "MOVED x a:1", "MOVED 1 a:0",
        "MOVED 1 a", "MOVED 1 a:65536", "ASK 1 a:1x"})
    EXPECT_TRUE(std::holds_alternative<Refused>(of(refused))) << refused;
}

TEST(Verdict, Redirects) {
  const auto moved = std::get<Moved>(of("MOVED 3999 127.0.0.1:6381"));
  EXPECT_EQ(moved.slot, 3999);
  EXPECT_EQ(moved.to, (Address{.host = "127.0.0.1", .port = 6381, .socket = {}}));
  EXPECT_EQ(std::get<Moved>(of("MOVED 1 ::1:6381")).to.host, "::1");
  EXPECT_EQ(std::get<Moved>(of("MOVED 1 :6381")).to.host, "from") << "the same host";
  EXPECT_EQ(std::get<Ask>(of("ASK 3999 b.example:7000")).to,
            (Address{.host = "b.example", .port = 7000, .socket = {}}));
}

}  // namespace
}  // namespace longshore::redis
