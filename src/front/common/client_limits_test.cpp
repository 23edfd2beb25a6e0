#include "front/common/client_limits.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/units.h"
#include "front/common/request_memory.h"
#include "net/memory_shares.h"

namespace longshore {
namespace {

using boost::asio::ip::make_address;

constexpr std::int64_t kBudget = 32 * MiB;
constexpr std::int64_t kAllAnswers = memory_shares::of(kBudget, memory_shares::kAnswers);
constexpr std::int64_t kAllSmall = memory_shares::of(kBudget, memory_shares::kSmallMessages);
constexpr std::int64_t kAnswers = kAllAnswers * 3 / 4;  // the rest is for probes
constexpr std::int64_t kSmall = kAllSmall * 3 / 4;
const auto kOne = make_address("10.0.0.1");
const auto kOther = make_address("10.0.0.2");

template <class F>
std::optional<Reason> reason_of(F act) {
  try {
    act();
    return std::nullopt;
  } catch (const Error& error) {
    return error.reason();
  }
}

class ClientLimitsTest : public testing::Test {
 protected:
  BufferPool buffers{kBudget};
  BufferPool other_buffers{kBudget};
  ClientLimits limits{buffers, {.connections_max = 8, .request_rate = 1, .watchers_max = 8}};
};

TEST_F(ClientLimitsTest, SmallMessagesAndAnswersHaveTheirShareOfTheBudget) {
  EXPECT_EQ(buffers.in_use_bytes(), kAllSmall + kAllAnswers);
  std::vector<BufferPool::Buffer> taken;
  while (BufferPool::Buffer buffer = buffers.try_acquire()) taken.push_back(std::move(buffer));
  EXPECT_THROW(ClientLimits(buffers, {}), std::logic_error);
}

TEST_F(ClientLimitsTest, NoClientHasAllSmallMemory) {
  RequestMemory memory(limits, kOne);
  memory.hold_small(kSmall / 8);
  memory.hold_small(kSmall / 8);
  RequestMemory more(limits, kOne);
  EXPECT_EQ(reason_of([&] { more.hold_small(1); }), Reason::busy);
  RequestMemory other(limits, kOther);
  EXPECT_EQ(reason_of([&] { other.hold_small(kSmall / 4); }), std::nullopt);
}

TEST_F(ClientLimitsTest, NeitherWorkNorProbesAreInEachOthersWay) {
  using enum ClientLimits::Asker;
  const Time now{};
  for (const auto [one, another] : {std::pair{client, probe}, std::pair{probe, client}}) {
    ClientLimits both(other_buffers, {.request_rate = 1});
    both.admit_request(kOne, now, one);
    both.admit_request(kOne, now, one);
    EXPECT_EQ(reason_of([&] { both.admit_request(kOne, now, one); }), Reason::rate_limited);
    EXPECT_EQ(reason_of([&] { both.admit_request(kOne, now, another); }), std::nullopt);
    const std::int64_t all = one == client ? kAnswers : kAllAnswers - kAnswers;
    const auto answer = both.admit_answer(kOne, all, one);
    EXPECT_EQ(reason_of([&] { both.admit_answer(kOther, 5000, one); }), Reason::busy);
    EXPECT_EQ(reason_of([&] { both.admit_answer(kOther, 5000, another); }), std::nullopt);
    RequestMemory memory(both, kOne);
    memory.hold_small(one == client ? kSmall : kAllSmall - kSmall, one);
    RequestMemory more(both, kOther);
    EXPECT_EQ(reason_of([&] { more.hold_small(2000, one); }), Reason::busy);
    EXPECT_EQ(reason_of([&] { more.hold_small(2000, another); }), std::nullopt);
  }
}

TEST_F(ClientLimitsTest, TheUsualHeaderOfAProbeNeedsNoMemory) {
  using enum ClientLimits::Asker;
  const auto held = limits.small_memory(probe)->take(kOne, kAllSmall - kSmall);
  RequestMemory memory(limits, kOther);
  EXPECT_EQ(reason_of([&] { memory.hold_small(1000, probe); }), std::nullopt);
  EXPECT_EQ(reason_of([&] { memory.hold_small(2000, probe); }), Reason::busy);
}

TEST_F(ClientLimitsTest, SmallMessagesLeaveRoomForHeaders) {
  using enum ClientLimits::Asker;
  constexpr std::int64_t kOfOneClient = kSmall / 4;
  RequestMemory memory(limits, kOne);
  EXPECT_TRUE(memory.try_hold_message(kOfOneClient / 4, client));
  EXPECT_FALSE(memory.try_hold_message(1, client));
  memory.hold_small(kOfOneClient * 3 / 4);
  EXPECT_EQ(limits.small_memory()->total(), kOfOneClient);
}

TEST_F(ClientLimitsTest, NoClientReservesAll) {
  const std::int64_t its_part = kBudget / 2 / 4;
  {
    RequestMemory memory(limits, kOne);
    EXPECT_EQ(reason_of([&] { memory.will_reserve(its_part); }), std::nullopt);
    RequestMemory more(limits, kOne);
    EXPECT_EQ(reason_of([&] { more.will_reserve(1); }), Reason::rate_limited);
    RequestMemory other(limits, kOther);
    EXPECT_EQ(reason_of([&] { other.will_reserve(kBudget / 2); }), std::nullopt)
        << "whoever holds nothing gets what it asks for";
  }
  EXPECT_EQ(limits.reserved()->total(), 0);
}

TEST_F(ClientLimitsTest, RequestsAreCountedByClient) {
  const Time now{};
  limits.admit_request(kOne, now);
  limits.admit_request(kOne, now);
  EXPECT_EQ(reason_of([&] { limits.admit_request(kOne, now); }), Reason::rate_limited);
  EXPECT_EQ(reason_of([&] { limits.admit_request(kOther, now); }), std::nullopt);
}

TEST_F(ClientLimitsTest, TooManyWatchersOfOneOrOfAll) {
  std::vector<ClientShares::Share> watching;
  for (int host = 1; host <= 4; ++host) {
    const auto client = make_address("10.0.0." + std::to_string(host));
    watching.push_back(limits.admit_watcher(client));
    watching.push_back(limits.admit_watcher(client));
    if (host < 4) {
      EXPECT_EQ(reason_of([&] { limits.admit_watcher(client); }), Reason::rate_limited);
    }
  }
  EXPECT_EQ(reason_of([&] { limits.admit_watcher(make_address("10.0.0.9")); }), Reason::busy);
}

TEST_F(ClientLimitsTest, ConnectionsAreCountedTogether) {
  const auto of_a_front = limits.connections_of_front();
  const auto one = of_a_front->take(kOne, 2);
  const auto of_another = limits.connections_of_front();
  EXPECT_FALSE(of_another->take(kOne));
  EXPECT_TRUE(of_another->take(kOther));
}

TEST_F(ClientLimitsTest, AFloodOfOneFrontLeavesRoomForAnother) {
  const auto flooded = limits.connections_of_front();
  std::vector<ClientShares::Share> taken;
  for (int host = 1; host <= 3; ++host)
    taken.push_back(flooded->take(make_address("10.0.0." + std::to_string(host)), 2));
  EXPECT_FALSE(flooded->take(make_address("10.0.0.9")));
  EXPECT_TRUE(limits.connections_of_front()->take(make_address("10.0.0.9"), 2));
}

TEST_F(ClientLimitsTest, AnswersThatAreNotTakenAreCounted) {
  EXPECT_FALSE(limits.admit_answer(kOne, 4096)) << "small ones need nothing";
  const auto first = limits.admit_answer(kOne, kAnswers / 4);
  EXPECT_TRUE(first);
  EXPECT_EQ(reason_of([&] { limits.admit_answer(kOne, 4097); }), Reason::rate_limited);
  const auto large = limits.admit_answer(kOther, kAnswers / 2);
  EXPECT_TRUE(large) << "whoever holds none gets whatever it asks for";
  EXPECT_EQ(reason_of([&] { limits.admit_answer(make_address("10.0.0.3"), kAnswers / 2); }), Reason::busy);
}

}  // namespace
}  // namespace longshore
