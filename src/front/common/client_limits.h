#pragma once

#include <atomic>
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
  /// Probes are questions after the server itself (health, readiness, metrics). They have a rate and memory
  /// of their own, so that no client's work keeps them from being answered, nor they that.
  enum class Asker { client, probe };

  struct Config {
    std::int64_t connections_max = 10'000;  // at a time
    int request_rate = 0;                   // requests a second and client, and as many probes; 0: no limit
    std::int64_t watchers_max = 1000;       // progress streams at a time
  };

  /// Takes the shares of small messages and of answers (memory_shares.h) out of the budget. Throws
  /// std::logic_error where they are in use already.
  ClientLimits(BufferPool& buffers, const Config& config);

  /// Counts a request. Throws Error rate_limited.
  void admit_request(const boost::asio::ip::address& client, Time now, Asker asker = Asker::client);
  /// Leave for a progress stream, as long as the share lives. Throws Error: busy where there are too many,
  /// rate_limited where too many are this client's.
  ClientShares::Share admit_watcher(const boost::asio::ip::address& client);

  /// Memory for an answer until its client has taken it: small ones have it already. Throws Error: busy where
  /// all is in use, rate_limited where this client does not take what it asked for.
  ClientShares::Share admit_answer(const boost::asio::ip::address& client, std::int64_t bytes,
                                   Asker asker = Asker::client);

  [[nodiscard]] std::int64_t connections_max() const { return connections_max_; }
  /// A new account of connections within those of all fronts, for a front to count all of its own on: it
  /// leaves a quarter to the others, so that none is locked out by a flood at another one.
  [[nodiscard]] std::shared_ptr<ClientShares> connections_of_front() const;
  /// Bytes of headers and of small messages, outside of the pool's buffers.
  [[nodiscard]] const std::shared_ptr<ClientShares>& small_memory(Asker asker = Asker::client) const {
    return (asker == Asker::probe ? probes_ : clients_).small_memory;
  }
  /// A quarter of it, for messages that could as well wait for buffers: headers cannot.
  [[nodiscard]] const std::shared_ptr<ClientShares>& small_messages(Asker asker) const {
    return (asker == Asker::probe ? probes_ : clients_).small_messages;
  }
  /// Bytes that bodies reserve of the pool, or wait for.
  [[nodiscard]] const std::shared_ptr<ClientShares>& reserved() const { return reserved_; }

  /// Requests of all fronts that a drain waits for: from their header to the end of their answer.
  [[nodiscard]] std::atomic<int>& in_flight() { return in_flight_; }

  /// What to say where there is no small memory.
  static Error small_memory_in_use();

 private:
  struct Account {
    /// `part` of the memory.
    Account(const BufferPool& buffers, std::int64_t part, int request_rate);

    const std::int64_t answers_bytes;
    const std::shared_ptr<ClientShares> answers;
    const std::shared_ptr<ClientShares> small_memory;
    const std::shared_ptr<ClientShares> small_messages;
    RateLimit rate_limit;
  };
  Account& account(Asker asker) { return asker == Asker::probe ? probes_ : clients_; }

  const BufferPool::Reservation set_aside_;
  const std::int64_t connections_max_;
  const std::int64_t watchers_max_;
  const std::shared_ptr<ClientShares> connections_;
  const std::shared_ptr<ClientShares> reserved_;
  const std::shared_ptr<ClientShares> watchers_;
  Account clients_;
  Account probes_;
  std::atomic<int> in_flight_{0};
};

}  // namespace longshore
