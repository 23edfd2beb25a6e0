#include "net/client_shares.h"

#include <list>
#include <map>
#include <string>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace longshore {
namespace {

namespace asio = boost::asio;
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

TEST(ClientSharesTest, APartOfAWholeCountsInBoth) {
  const auto whole = std::make_shared<ClientShares>(ClientShares::Caps{.all = 4, .each = 4});
  const auto part = std::make_shared<ClientShares>(ClientShares::Caps{.all = 3, .each = 3}, whole);
  const auto client = make_address("10.0.0.1");
  Share most = part->take(client, 3);
  EXPECT_FALSE(part->take(make_address("10.0.0.2"))) << "it leaves something to the other parts";
  EXPECT_EQ(whole->total(), 3);
  const Share rest = whole->take(client);
  EXPECT_TRUE(rest);
  most = Share{};
  EXPECT_EQ(whole->total(), 1);
  EXPECT_TRUE(part->take(client, 3));
  const Share elsewhere = whole->take(client, 2);
  EXPECT_FALSE(part->take(client, 2)) << "the whole is full";
  EXPECT_EQ(part->total(), 0);
}

/// Coroutines that wait for their turns, each under a name.
class ClientSharesTurns : public testing::Test {
 protected:
  asio::awaitable<void> wait(char name, const char* client, std::int64_t amount) {
    Share share = co_await shares_->take_in_turn(make_address(client), amount);
    order_ += share ? name : '-';
    held_.emplace(name, std::move(share));
  }
  asio::cancellation_signal& spawn(asio::awaitable<void> work) {
    auto& cancel = cancels_.emplace_back();
    asio::co_spawn(context_, std::move(work),
                   asio::bind_cancellation_slot(cancel.slot(), [](const std::exception_ptr&) {}));
    poll();
    return cancel;
  }
  void give_back(char name) {
    held_.erase(name);
    poll();
  }
  void poll() {
    context_.restart();
    context_.poll();
  }

  asio::io_context context_;
  std::list<asio::cancellation_signal> cancels_;
  std::shared_ptr<ClientShares> shares_ = std::make_shared<ClientShares>(
      ClientShares::Caps{.all = 10, .each = 4});
  std::map<char, Share> held_;
  std::string order_;
};

TEST_F(ClientSharesTurns, OfOneClientComeInOrder) {
  spawn(wait('a', "10.0.0.1", 3));
  spawn(wait('b', "10.0.0.1", 2));
  spawn(wait('c', "10.0.0.1", 1));
  EXPECT_EQ(order_, "a") << "c would fit, but b is before it";
  spawn(wait('d', "10.0.0.2", 4));
  EXPECT_EQ(order_, "ad") << "another client waits for nobody";
  give_back('a');
  EXPECT_EQ(order_, "adbc");
  EXPECT_EQ(shares_->total(), 7);
}

TEST_F(ClientSharesTurns, NobodyPassesThoseWhoWait) {
  spawn(wait('a', "10.0.0.1", 3));
  spawn(wait('b', "10.0.0.1", 2));
  EXPECT_FALSE(shares_->take(make_address("10.0.0.1")));
  give_back('a');
  EXPECT_EQ(order_, "ab");
  EXPECT_TRUE(shares_->take(make_address("10.0.0.1")));
}

TEST_F(ClientSharesTurns, WhoIsCancelledMakesRoomForThoseBehind) {
  spawn(wait('a', "10.0.0.1", 3));
  auto& cancel = spawn(wait('b', "10.0.0.1", 4));
  spawn(wait('c', "10.0.0.1", 1));
  cancel.emit(asio::cancellation_type::terminal);
  poll();
  EXPECT_EQ(order_, "ac");
  give_back('a');
  give_back('c');
  EXPECT_EQ(shares_->total(), 0);
}

TEST_F(ClientSharesTurns, NobodyWaitsForOtherClients) {
  spawn(wait('a', "10.0.0.1", 10));
  spawn(wait('b', "10.0.0.2", 1));
  EXPECT_EQ(order_, "a-");
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
