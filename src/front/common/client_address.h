#pragma once

#include <vector>

#include <boost/asio/ip/address.hpp>

#include "front/common/field.h"

namespace longshore {

/// Who sent a request: `peer`, or, where that is one of `trusted_proxies`, the last address that its
/// X-Forwarded-For names (the one that the proxy itself has seen; what stands before it anybody may have
/// written). Unmapped (net/address.h), as everything is compared.
boost::asio::ip::address client_address(const boost::asio::ip::address& peer, const Fields& fields,
                                        const std::vector<boost::asio::ip::address>& trusted_proxies);

}  // namespace longshore
