#include "net/client_shares.h"

#include <utility>

#include <gtest/gtest.h>

namespace longshore {
namespace {

using boost::asio::ip::make_address;
using Share = ClientShares::Share;

TEST(ClientSharesTest, CapsAll) {
  const auto shares = std::make_shared<ClientShares>(ClientShares::Caps{.all = 2, .each = 2});
  Share first = shares->take(make_address("10.0.0.1"));
  const Share second = shares->take(make_address("10.0.0.2"));
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(shares->take(make_address("10.0.0.3")));
  EXPECT_EQ(shares->total(), 2);
  first = Share{};
  EXPECT_TRUE(shares->take(make_address("10.0.0.3")));
  EXPECT_EQ(shares->total(), 1);
}

TEST(ClientSharesTest, CapsEachClientAlone) {
  const auto shares = std::make_shared<ClientShares>(ClientShares::Caps{.all = 10, .each = 1});
  Share held = shares->take(make_address("10.0.0.1"));
  EXPECT_FALSE(shares->take(make_address("10.0.0.1")));
  EXPECT_TRUE(shares->take(make_address("10.0.0.2")));
  const Share moved = std::move(held);
  EXPECT_FALSE(shares->take(make_address("10.0.0.1")));
}

TEST(ClientSharesTest, AQuarterIsTheUsualCap) {
  const auto shares = ClientShares::of(8);
  const Share held = shares->take(make_address("10.0.0.1"), 2);
  EXPECT_FALSE(shares->take(make_address("10.0.0.1")));
  EXPECT_TRUE(shares->take(make_address("10.0.0.2"), 2));
}

TEST(ClientSharesTest, AmountsGrowUpToTheCaps) {
  const auto shares = std::make_shared<ClientShares>(ClientShares::Caps{.all = 10, .each = 6});
  {
    Share one = shares->take(make_address("10.0.0.1"), 4);
    EXPECT_TRUE(one.grow(2));
    EXPECT_FALSE(one.grow(1));
    Share two = shares->take(make_address("10.0.0.2"), 3);
    EXPECT_FALSE(two.grow(2)) << "within its own cap, but not within that of all";
    EXPECT_TRUE(two.grow(1));
    EXPECT_EQ(shares->total(), 10);
  }
  EXPECT_EQ(shares->total(), 0);
}

TEST(ClientSharesTest, WhoHoldsNothingGetsMoreThanItsCap) {
  const auto shares = std::make_shared<ClientShares>(ClientShares::Caps{.all = 10, .each = 2});
  EXPECT_FALSE(shares->take(make_address("10.0.0.1"), 11));
  const Share large = shares->take(make_address("10.0.0.1"), 8);
  EXPECT_TRUE(large);
  EXPECT_FALSE(shares->take(make_address("10.0.0.1"), 1));
}

TEST(ClientSharesTest, WhatCountsAsOneClient) {
  struct Case {
    const char* first;
    const char* second;
    bool same;
  };
  for (const Case& c : {Case{"10.0.0.1", "::ffff:10.0.0.1", true}, Case{"10.0.0.1", "10.0.0.2", false},
                        Case{"2001:db8:1:2::1", "2001:db8:1:2:ffff::", true},
                        Case{"2001:db8:1:2::1", "2001:db8:1:3::1", false}, Case{"::1", "127.0.0.1", false}}) {
    const auto shares = std::make_shared<ClientShares>(ClientShares::Caps{.all = 10, .each = 1});
    const Share held = shares->take(make_address(c.first));
    EXPECT_EQ(!shares->take(make_address(c.second)), c.same) << c.first << ' ' << c.second;
  }
}

}  // namespace
}  // namespace longshore
