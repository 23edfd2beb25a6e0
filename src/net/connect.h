#pragma once

#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include "base/clock.h"

namespace longshore {

/// How long an address may be silent before the next one is tried beside it (RFC 8305 section 8).
inline constexpr Millis kNextAddressAfter{250};

/// Connects to one of a name's addresses, on the caller's loop (RFC 8305, "Happy Eyeballs"): the next one is
/// tried when one has failed, or beside those that have been silent for kNextAddressAfter; the families take
/// turns, in the given order otherwise. So an address that swallows whatever is sent to it costs those behind
/// it no more than that, and one that is slow keeps all the time there is. The first that connects ends the
/// other attempts. Sets `error` to what the last one failed with if all did; host_not_found: there are none.
/// Without a limit of its own: the caller cancels it, and `error` is operation_aborted then.
boost::asio::awaitable<boost::asio::ip::tcp::socket> connect_to_one(
    std::vector<boost::asio::ip::tcp::endpoint> addresses, boost::system::error_code& error);

}  // namespace longshore
