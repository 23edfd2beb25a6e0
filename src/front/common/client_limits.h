#pragma once

#include <cstdint>
#include <memory>

#include <boost/asio/ip/address.hpp>

#include "base/clock.h"
#include "domain/error.h"
#include "front/common/rate_limit.h"
#include "net/buffer_pool.h"
#include "net/client_shares.h"

namespace longshore {

/// What a client may have of what all share. One object for all fronts: whoever speaks two protocols gets no
/// more than by one. A client is network_of() its address. Thread-safe.
class ClientLimits {
 public:
  struct Config {
    std::int64_t connections_max = 10'000;  // at a time
    int request_rate = 0;                   // requests a second and client; 0: no limit
    std::int64_t watchers_max = 1000;       // progress streams at a time
  };

  /// Takes the share of small messages (memory_shares.h) out of the budget. Throws std::logic_error where it
  /// is in use already.
  ClientLimits(BufferPool& buffers, const Config& config);

  /// Counts a request. Throws Error rate_limited.
  void admit_request(const boost::asio::ip::address& client, Time now);
  /// Leave for a progress stream, as long as the share lives. Throws Error: busy where there are too many,
  /// rate_limited where too many are this client's.
  ClientShares::Share admit_watcher(const boost::asio::ip::address& client);

  /// Of clients; for ListenerOptions.
  [[nodiscard]] const std::shared_ptr<ClientShares>& connections() const { return connections_; }
  /// Bytes of headers and of small messages, outside of the pool's buffers.
  [[nodiscard]] const std::shared_ptr<ClientShares>& small_memory() const { return small_memory_; }
  /// Bytes that bodies reserve of the pool, or wait for.
  [[nodiscard]] const std::shared_ptr<ClientShares>& reserved() const { return reserved_; }

  /// What to say where there is no small memory.
  static Error small_memory_in_use();

 private:
  const BufferPool::Reservation small_share_;
  const std::int64_t watchers_max_;
  const std::shared_ptr<ClientShares> connections_;
  const std::shared_ptr<ClientShares> small_memory_;
  const std::shared_ptr<ClientShares> reserved_;
  const std::shared_ptr<ClientShares> watchers_;
  RateLimit rate_limit_;
};

}  // namespace longshore
