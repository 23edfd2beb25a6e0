#include "net/connection_counts.h"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace longshore {
namespace {

using boost::asio::ip::make_address;
using Place = ConnectionCounts::Place;

TEST(ConnectionCountsTest, CapsAll) {
  const auto counts = std::make_shared<ConnectionCounts>(2, 2);
  Place first = counts->enter(make_address("10.0.0.1"));
  const Place second = counts->enter(make_address("10.0.0.2"));
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(counts->enter(make_address("10.0.0.3")));
  EXPECT_EQ(counts->total(), 2U);
  first = Place{};
  EXPECT_TRUE(counts->enter(make_address("10.0.0.3")));
  EXPECT_EQ(counts->total(), 1U);
}

TEST(ConnectionCountsTest, CapsEachAddressAlone) {
  const auto counts = std::make_shared<ConnectionCounts>(10, 1);
  Place held = counts->enter(make_address("10.0.0.1"));
  EXPECT_FALSE(counts->enter(make_address("10.0.0.1")));
  EXPECT_TRUE(counts->enter(make_address("10.0.0.2")));
  const Place moved = std::move(held);
  EXPECT_FALSE(counts->enter(make_address("10.0.0.1")));
}

TEST(ConnectionCountsTest, WhatCountsAsOneAddress) {
  struct Case {
    const char* first;
    const char* second;
    bool same;
  };
  for (const Case& c : {Case{"10.0.0.1", "::ffff:10.0.0.1", true}, Case{"10.0.0.1", "10.0.0.2", false},
                        Case{"2001:db8:1:2::1", "2001:db8:1:2:ffff::", true},
                        Case{"2001:db8:1:2::1", "2001:db8:1:3::1", false}, Case{"::1", "127.0.0.1", false}}) {
    const auto counts = std::make_shared<ConnectionCounts>(10, 1);
    const Place held = counts->enter(make_address(c.first));
    EXPECT_EQ(!counts->enter(make_address(c.second)), c.same) << c.first << ' ' << c.second;
  }
}

}  // namespace
}  // namespace longshore
