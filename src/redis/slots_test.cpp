#include "redis/slots.h"

#include <gtest/gtest.h>

namespace longshore::redis {
namespace {

Reply integer(std::int64_t value) { return {.kind = Reply::Kind::integer, .integer = value}; }
Reply text(std::string value) { return {.kind = Reply::Kind::text, .text = std::move(value)}; }
Reply array(std::vector<Reply> elements) {
  return {.kind = Reply::Kind::array, .text = {}, .integer = 0, .elements = std::move(elements)};
}
Reply node(const std::string& host, int port) {
  return array({text(host), integer(port), text("0123456789"), array({})});
}
Address at(const std::string& host, std::uint16_t port) { return {.host = host, .port = port, .socket = {}}; }

/// As CLUSTER KEYSLOT of a real server says.
TEST(Slots, OfAKey) {
  EXPECT_EQ(slot_of("123456789"), 0x31c3 % kSlots) << "the check value of the CRC";
  EXPECT_EQ(slot_of("foo"), 12182);
  EXPECT_EQ(slot_of(""), 0);
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("user1000"));
  EXPECT_EQ(slot_of("foo{{bar}}zap"), slot_of("{bar"));
  EXPECT_EQ(slot_of("foo{bar}{zap}"), slot_of("bar"));
  EXPECT_NE(slot_of("foo{}{bar}"), slot_of("bar")) << "empty braces do not count, nor what comes after them";
  EXPECT_EQ(slot_of("upload:{node-1.2}:state"), slot_of("upload:{node-1.2}:parts"));
}

TEST(Slots, AMapIsReadAndAmended) {
  const Reply reply = array({array({integer(0), integer(99), node("a", 1), node("replica", 2)}),
                             array({integer(100), integer(100), node("", 3)}),
                             array({integer(200), integer(16'383), node("a", 1)})});
  auto map = SlotMap::parse(reply, at("asked", 7));
  ASSERT_TRUE(map);
  EXPECT_EQ(*map->find(0), at("a", 1));
  EXPECT_EQ(*map->find(99), at("a", 1));
  EXPECT_EQ(*map->find(100), at("asked", 3)) << "a node may not know its own name";
  EXPECT_EQ(map->find(101), nullptr);
  EXPECT_EQ(*map->find(16'383), at("a", 1));
  EXPECT_EQ(map->masters(), (std::vector{at("a", 1), at("asked", 3)}));
  map->set(101, at("new", 4));
  EXPECT_EQ(*map->find(101), at("new", 4));
  EXPECT_EQ(*map->find(100), at("asked", 3));
}

TEST(Slots, WhatIsNotToldIsNotForgotten) {
  auto map = SlotMap::parse(
      array({array({integer(0), integer(9), node("a", 1)}), array({integer(10), integer(19), node("b", 2)})}),
      at("asked", 7));
  const auto newer = SlotMap::parse(array({array({integer(0), integer(9), node("c", 3)})}), at("asked", 7));
  ASSERT_TRUE(map && newer);
  map->learn(*newer);
  EXPECT_EQ(*map->find(0), at("c", 3));
  EXPECT_EQ(*map->find(19), at("b", 2));
  EXPECT_EQ(map->find(20), nullptr);
  EXPECT_EQ(map->masters(), (std::vector{at("c", 3), at("b", 2)})) << "a serves none any more";
}

TEST(Slots, WhatIsNoMapIsRefused) {
  const Reply good = node("a", 1);
  for (const Reply& reply :
       {text("x"), array({}), array({text("x")}), array({array({integer(0), integer(1)})}),
        array({array({integer(-1), integer(1), good})}), array({array({integer(0), integer(16'384), good})}),
        array({array({integer(0), integer(1), node("a", 0)})}),
        array({array({integer(0), integer(1), node("a", 65'536)})}),
        array({array({integer(0), integer(1), text("a:1")})})}) {
    EXPECT_FALSE(SlotMap::parse(reply, at("asked", 7)));
  }
}

}  // namespace
}  // namespace longshore::redis
