#include "front/common/rate_limit.h"

#include <gtest/gtest.h>

namespace longshore {
namespace {

using boost::asio::ip::make_address;

TEST(RateLimit, AllowsABurstThenTheRate) {
  RateLimit limit(10);
  Time now = from_epoch_ms(1'000'000);
  const auto address = make_address("192.0.2.1");
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(limit.take(address, now)) << i;
  EXPECT_EQ(limit.take(address, now), Millis{100});
  now += Millis{100};
  EXPECT_FALSE(limit.take(address, now));
  EXPECT_TRUE(limit.take(address, now));
  EXPECT_FALSE(limit.take(make_address("192.0.2.2"), now)) << "others are unharmed";
}

TEST(RateLimit, OneNetworkOfIpv6IsOneClient) {
  RateLimit limit(1);
  const Time now = from_epoch_ms(1'000'000);
  EXPECT_FALSE(limit.take(make_address("2001:db8::1"), now));
  EXPECT_FALSE(limit.take(make_address("2001:db8::2"), now));
  EXPECT_TRUE(limit.take(make_address("2001:db8::3"), now));
  EXPECT_FALSE(limit.take(make_address("2001:db8:0:1::1"), now));
  EXPECT_FALSE(limit.take(make_address("192.0.2.1"), now));
  EXPECT_FALSE(limit.take(make_address("::ffff:192.0.2.1"), now));
  EXPECT_TRUE(limit.take(make_address("192.0.2.1"), now));
}

TEST(RateLimit, ZeroIsNoLimitAndAClockThatGoesBackHarmsNobody) {
  RateLimit none(0);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(none.take(make_address("192.0.2.1"), Time{}));
  RateLimit limit(1);
  EXPECT_FALSE(limit.take(make_address("192.0.2.1"), from_epoch_ms(5000)));
  EXPECT_FALSE(limit.take(make_address("192.0.2.1"), from_epoch_ms(1000)));
}

TEST(RateLimit, ForgetsTheOldestAddressWhenThereAreTooMany) {
  RateLimit limit(1);
  const Time now = from_epoch_ms(1'000'000);
  for (std::uint32_t i = 0; i < RateLimit::kAddressesMax + 10; ++i) {
    EXPECT_FALSE(limit.take(boost::asio::ip::address_v4(0x0a000000 + i), now));
  }
}

}  // namespace
}  // namespace longshore
