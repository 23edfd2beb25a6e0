#include "redis/url.h"

#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore::redis {
namespace {

Address at(const std::string& host, std::uint16_t port) { return {.host = host, .port = port, .socket = {}}; }

std::string refusal(std::string_view url) {
  try {
    parse_url(url);
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Reason::invalid_request);
    return error.message();
  }
  return "none";
}

TEST(Url, OneServerOrSeveral) {
  const Url one = parse_url("redis://127.0.0.1");
  EXPECT_EQ(one.topology, Topology::single);
  EXPECT_FALSE(one.tls);
  EXPECT_EQ(one.addresses, std::vector{at("127.0.0.1", 6379)});
  EXPECT_EQ(one.database, 0);
  const Url several = parse_url("rediss://a.example:1,[::1]:2,b/15");
  EXPECT_TRUE(several.tls);
  EXPECT_EQ(several.addresses, (std::vector{at("a.example", 1), at("::1", 2), at("b", 6379)}));
  EXPECT_EQ(several.database, 15);
  EXPECT_EQ(several.addresses[1].text(), "[::1]:2");
}

TEST(Url, ASocket) {
  const Url url = parse_url("unix:///run/redis.sock?db=3");
  ASSERT_EQ(url.addresses.size(), 1U);
  EXPECT_EQ(url.addresses[0].socket, "/run/redis.sock");
  EXPECT_EQ(url.addresses[0].text(), "/run/redis.sock");
  EXPECT_EQ(url.database, 3);
  EXPECT_EQ(parse_url("unix:///s").database, 0);
  const std::string longest = "unix:///" + std::string(106, 's');
  EXPECT_EQ(parse_url(longest).addresses[0].socket.size(), 107U);
  EXPECT_NE(refusal(longest + "s").find("107"), std::string::npos);
}

TEST(Url, SentinelsAndClusters) {
  const Url sentinels = parse_url("rediss+sentinel://a,b:7/uploads/2");
  EXPECT_EQ(sentinels.topology, Topology::sentinel);
  EXPECT_TRUE(sentinels.tls);
  EXPECT_EQ(sentinels.addresses, (std::vector{at("a", 26379), at("b", 7)}));
  EXPECT_EQ(sentinels.master, "uploads");
  EXPECT_EQ(sentinels.database, 2);
  const Url cluster = parse_url("redis+cluster://a:1,b:2");
  EXPECT_EQ(cluster.topology, Topology::cluster);
  EXPECT_EQ(cluster.addresses.size(), 2U);
}

TEST(Url, WhatIsNoneIsRefusedWithAReason) {
  EXPECT_NE(refusal("redis://me:secret@host").find("keys of their own"), std::string::npos);
  EXPECT_EQ(refusal("redis://me:secret@host").find("secret"), std::string::npos);
  for (const char* url : {"",
                          "127.0.0.1:6379",
                          "http://host",
                          "redis+x://host",
                          "redis+://host",
                          "+cluster://host",
                          "redis://",
                          "redis:///1",
                          "redis://host:0",
                          "redis://host:65536",
                          "redis://host:x",
                          "redis://ho st",
                          "redis://a,,b",
                          "redis://a,",
                          "redis://host:",
                          "redis://[::1",
                          "redis://[::1]6379",
                          "redis://[::1]:",
                          "redis://::1",
                          "redis://host/x",
                          "redis://host/-1",
                          "redis://host/1/2",
                          "redis+sentinel://host",
                          "redis+sentinel://host/",
                          "redis+cluster://host/1",
                          "unix://relative",
                          "unix:///s?x=1",
                          "unix:///s?db=x",
                          "rediss+sentinel"})
    EXPECT_NE(refusal(url), "none") << url;
}

}  // namespace
}  // namespace longshore::redis
