#include "net/address.h"

#include <gtest/gtest.h>

namespace longshore {
namespace {

using boost::asio::ip::make_address;

TEST(Address, Ipv4IsOneAddressInEitherForm) {
  EXPECT_EQ(unmapped(make_address("::ffff:192.0.2.1")), make_address("192.0.2.1"));
  EXPECT_EQ(unmapped(make_address("192.0.2.1")), make_address("192.0.2.1"));
  EXPECT_EQ(unmapped(make_address("2001:db8::1")), make_address("2001:db8::1"));
  EXPECT_EQ(unmapped(make_address("::1")), make_address("::1"));
}

TEST(Address, OfAClientTheNetworkCounts) {
  EXPECT_EQ(network_of(make_address("::ffff:192.0.2.1")), make_address("192.0.2.1"));
  EXPECT_EQ(network_of(make_address("2001:db8::1")), network_of(make_address("2001:db8::2:1")));
  EXPECT_NE(network_of(make_address("2001:db8::1")), network_of(make_address("2001:db8:0:1::1")));
}

}  // namespace
}  // namespace longshore
