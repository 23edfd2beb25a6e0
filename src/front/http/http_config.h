#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "base/clock.h"

namespace longshore::http {

/// What an operator chooses of the HTTP front; values only.
struct HttpConfig {
  std::string public_url;  // the beginning of the URLs it hands out, without a slash at the end; "": URLs
                           // without scheme and host
  std::vector<boost::asio::ip::address> trusted_proxies;  // whose X-Forwarded-For names the client
  Millis header_timeout = std::chrono::seconds{10};       // a header in all
  Millis idle_timeout = std::chrono::seconds{60};  // a body or an answer without a byte; a connection without
                                                   // a request
  std::int64_t body_rate_min = 1024;               // bytes a second, on average
  Millis json_timeout = std::chrono::seconds{60};  // a JSON body in all
  Millis json_memory_wait = std::chrono::seconds{1};  // for the memory of a large one, before BUSY
  std::int64_t unary_message_max = 0;  // gRPC's largest message, for the advice on limits; 0: no gRPC
};

}  // namespace longshore::http
