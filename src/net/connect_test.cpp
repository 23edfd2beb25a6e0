#include "net/connect.h"

#include <chrono>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "net/race.h"
#include "net/timers.h"
#include "tests/fakes/await.h"

namespace longshore {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

constexpr auto kV4 = asio::ip::address_v4::loopback;
constexpr auto kV6 = asio::ip::address_v6::loopback;

/// Somebody who listens, and never accepts.
class Listening {
 public:
  Listening() : acceptor_(loop_, {kV4(), 0}) {}

  [[nodiscard]] tcp::endpoint address() const { return acceptor_.local_endpoint(); }

 private:
  asio::io_context loop_;
  tcp::acceptor acceptor_;
};

/// Somebody whose queue is full: the kernel drops what more connections say, as if nobody were there.
class Silent {
 public:
  explicit Silent(const asio::ip::address& address = kV4()) : acceptor_(loop_), filling_(loop_) {
    acceptor_.open(tcp::endpoint(address, 0).protocol());
    acceptor_.bind({address, 0});
    acceptor_.listen(0);
    filling_.connect(acceptor_.local_endpoint());
  }

  [[nodiscard]] tcp::endpoint address() const { return acceptor_.local_endpoint(); }
  /// Takes the connection that fills the queue.
  void wake() { acceptor_.accept(); }

 private:
  asio::io_context loop_;
  tcp::acceptor acceptor_;
  tcp::socket filling_;
};

tcp::endpoint refusing() {
  const Listening gone;
  return gone.address();
}

struct Connected {
  std::optional<tcp::endpoint> peer;
  error_code error;
  Millis took{0};
};

Task<Connected> connect(std::vector<tcp::endpoint> addresses) {
  const auto begin = steady_clock::now();
  Connected result;
  tcp::socket socket = co_await connect_to_one(std::move(addresses), result.error);
  if (!result.error) result.peer = socket.remote_endpoint();
  result.took = std::chrono::duration_cast<Millis>(steady_clock::now() - begin);
  co_return result;
}

TEST(Connect, ASilentAddressHoldsNobodyUp) {
  const Silent first;
  const Silent second;
  const Listening good;
  const Connected result = await(connect({first.address(), second.address(), good.address()}));
  EXPECT_EQ(result.peer, good.address());
  EXPECT_GE(result.took, 2 * kNextAddressAfter);
  EXPECT_LT(result.took, 6 * kNextAddressAfter);
}

Task<std::vector<Connected>> connect_and_wake(std::vector<tcp::endpoint> addresses, Silent& slow) {
  AsioTimers timers;
  std::vector<Connected> result;
  const auto wake_later = [](AsioTimers& time, Silent& sleeping) -> Task<void> {
    co_await time.sleep_for(2 * kNextAddressAfter);
    sleeping.wake();
    co_await time.sleep_for(std::chrono::minutes{1});
  };
  const auto connect_into = [](std::vector<tcp::endpoint> to, std::vector<Connected>& out) -> Task<void> {
    out.push_back(co_await connect(std::move(to)));
  };
  co_await ends_before(connect_into(std::move(addresses), result), wake_later(timers, slow));
  co_return result;
}

TEST(Connect, ASlowAddressKeepsItsTimeHoweverManyThereAre) {
  Silent slow;
  const Silent silent;
  std::vector<tcp::endpoint> addresses{slow.address()};
  addresses.resize(16, silent.address());
  const std::vector<Connected> result = await(connect_and_wake(addresses, slow));
  ASSERT_EQ(result.size(), 1U);
  EXPECT_EQ(result[0].peer, slow.address());
}

TEST(Connect, WhoRefusesIsNotWaitedFor) {
  const Listening good;
  std::vector<tcp::endpoint> addresses(15, refusing());
  addresses.push_back(good.address());
  const Connected result = await(connect(addresses));
  EXPECT_EQ(result.peer, good.address());
  EXPECT_LT(result.took, 4 * kNextAddressAfter);
}

TEST(Connect, AFamilyThatIsNotReachedHidesNotTheOther) {
  tcp::endpoint unreached(kV6(), 1);  // fails at once where there is no IPv6
  std::optional<Silent> silent;
  try {
    silent.emplace(kV6());
    unreached = silent->address();
  } catch (const boost::system::system_error&) {
  }
  const Listening good;
  std::vector<tcp::endpoint> addresses(15, unreached);
  addresses.push_back(good.address());
  const Connected result = await(connect(addresses));
  EXPECT_EQ(result.peer, good.address());
  EXPECT_LT(result.took, 6 * kNextAddressAfter);
}

TEST(Connect, WhereAllFailTheLastErrorSaysWhy) {
  EXPECT_EQ(await(connect({refusing(), refusing()})).error, asio::error::connection_refused);
  EXPECT_EQ(await(connect({})).error, asio::error::host_not_found);
}

TEST(Connect, EndsAtOnceWhenItIsCancelled) {
  const Silent silent;
  AsioTimers timers;
  const auto begin = steady_clock::now();
  const auto give_up = [](AsioTimers& time, tcp::endpoint address) -> Task<bool> {
    const auto try_it = [](tcp::endpoint to) -> Task<void> { co_await connect({to, to, to}); };
    co_return co_await ends_within(time, kNextAddressAfter * 3 / 2, try_it(address));
  };
  EXPECT_FALSE(await(give_up(timers, silent.address())));
  EXPECT_LT(steady_clock::now() - begin, 6 * kNextAddressAfter);
}

}  // namespace
}  // namespace longshore
