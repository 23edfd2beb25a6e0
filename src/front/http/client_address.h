#pragma once

#include <vector>

#include <boost/asio/ip/address.hpp>

#include "front/http/request_head.h"

namespace longshore::http {

/// Who sent a request: `peer`, or, where that is one of `trusted_proxies`, the last address that its
/// X-Forwarded-For names (the one that the proxy itself has seen; what stands before it anybody may have
/// written). Unmapped (net/address.h), as everything is compared.
boost::asio::ip::address client_address(const boost::asio::ip::address& peer, const RequestHead& head,
                                        const std::vector<boost::asio::ip::address>& trusted_proxies);

}  // namespace longshore::http
