#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "base/clock.h"
#include "net/buffer_pool.h"

namespace longshore::grpc {

/// What an operator chooses of the gRPC front; values only.
struct GrpcConfig {
  std::vector<boost::asio::ip::address> trusted_proxies;  // whose x-forwarded-for names the client
  Millis header_timeout = std::chrono::seconds{10};       // from accept to HTTP/2's settings; a header in all
  Millis idle_timeout = std::chrono::seconds{60};  // a message or an answer without a byte; a connection
                                                   // without a call, or without a sign of life during one
  std::int64_t body_rate_min = 1024;               // bytes a second, on average
  std::int64_t message_bytes_max = std::int64_t{64} * 1024 * 1024;
};

/// The largest message that can be held, which is what clients are told.
inline std::int64_t message_bytes_max(const GrpcConfig& config, const BufferPool& buffers) {
  return std::min(config.message_bytes_max, buffers.reservable_bytes());
}

}  // namespace longshore::grpc
