#pragma once

#include <boost/asio/ip/address.hpp>

namespace longshore {

/// An IPv4 address that comes in its IPv6 form (::ffff:192.0.2.1, as on a socket that takes both) as the IPv4
/// address that it is; any other as it stands. Compare addresses in this form alone.
boost::asio::ip::address unmapped(const boost::asio::ip::address& address);

/// What one client has for sure, to count it by: an IPv4 address, in either form, or an IPv6 network of 64
/// bits.
boost::asio::ip::address network_of(const boost::asio::ip::address& address);

}  // namespace longshore
