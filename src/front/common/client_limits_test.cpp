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
constexpr std::int64_t kSmall = memory_shares::of(kBudget, memory_shares::kSmallMessages);
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
  ClientLimits limits{buffers, {.connections_max = 8, .request_rate = 1, .watchers_max = 8}};
};

TEST_F(ClientLimitsTest, SmallMessagesHaveTheirShareOfTheBudget) {
  EXPECT_EQ(buffers.in_use_bytes(), kSmall);
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

TEST_F(ClientLimitsTest, NoClientReservesAll) {
  const std::int64_t its_part = kBudget / 2 / 4;
  {
    RequestMemory memory(limits, kOne);
    EXPECT_EQ(reason_of([&] { memory.will_reserve(its_part); }), std::nullopt);
    RequestMemory more(limits, kOne);
    EXPECT_FALSE(more.may_reserve(1));
    EXPECT_EQ(reason_of([&] { more.will_reserve(1); }), Reason::rate_limited);
    RequestMemory other(limits, kOther);
    EXPECT_TRUE(other.may_reserve(kBudget / 2)) << "whoever holds nothing gets what it asks for";
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
  const auto one = limits.connections()->take(kOne, 2);
  EXPECT_FALSE(limits.connections()->take(kOne));
  EXPECT_TRUE(limits.connections()->take(kOther));
}

}  // namespace
}  // namespace longshore
