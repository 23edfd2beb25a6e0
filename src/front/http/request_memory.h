#pragma once

#include <cstdint>

#include <boost/asio/ip/address.hpp>

#include "front/http/front_context.h"

namespace longshore::http {

/// What a request holds of the memory that all share, on its client's account.
class RequestMemory {
 public:
  RequestMemory(const FrontContext& context, boost::asio::ip::address client)
      : context_(context), client_(std::move(client)) {}

  /// So many bytes more, of a header or a small JSON body, beyond the buffers. Throws Error busy.
  void hold_small(std::int64_t bytes);
  /// To be said before so many bytes are reserved for a body, which may take its time: no client may keep all
  /// others waiting. Throws Error rate_limited.
  void will_reserve(std::int64_t bytes);

 private:
  const FrontContext& context_;
  const boost::asio::ip::address client_;
  ClientShares::Share small_;
  ClientShares::Share reserved_;
};

}  // namespace longshore::http
