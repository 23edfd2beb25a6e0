#pragma once

#include <cstdint>

#include <boost/asio/ip/address.hpp>

#include "front/common/client_limits.h"
#include "ports/body_source.h"

namespace longshore {

/// What a request holds of the memory that all share, on its client's account, until it is destroyed.
class RequestMemory {
 public:
  /// `limits` must outlive it.
  RequestMemory(const ClientLimits& limits, boost::asio::ip::address client)
      : limits_(limits), client_(std::move(client)) {}

  /// So many bytes more, of a header or a small message, beyond the buffers. The usual header of a probe
  /// costs less than its connection, and needs none. Throws Error busy.
  void hold_small(std::int64_t bytes, ClientLimits::Asker asker = ClientLimits::Asker::client);
  /// The same for a message that may wait for buffers instead. False: there is no memory for it.
  [[nodiscard]] bool try_hold_message(std::int64_t bytes, ClientLimits::Asker asker);
  /// To be said before so many bytes are reserved for a body, which may take its time: no client may keep all
  /// others waiting. Throws Error rate_limited.
  void will_reserve(std::int64_t bytes);
  /// The same for whoever can wait until its client has given something back. Throws operation_aborted when
  /// cancelled.
  Task<void> wait_to_reserve(std::int64_t bytes);

 private:
  const ClientLimits& limits_;
  const boost::asio::ip::address client_;
  ClientShares::Share small_;
  ClientShares::Share message_;
  ClientShares::Share reserved_;
};

}  // namespace longshore
