#include "net/address.h"

#include <algorithm>

namespace longshore {

namespace ip = boost::asio::ip;

ip::address unmapped(const ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

ip::address network_of(const ip::address& address) {
  const ip::address plain = unmapped(address);
  if (plain.is_v4()) return plain;
  auto network = plain.to_v6().to_bytes();
  std::fill(network.begin() + 8, network.end(), std::uint8_t{0});
  return ip::address_v6(network);
}

}  // namespace longshore
