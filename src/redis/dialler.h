#pragma once

#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "net/timers.h"
#include "net/tls_context.h"
#include "redis/options.h"
#include "redis/slots.h"
#include "redis/wire.h"

namespace longshore::redis {

/// Opens connections that are ready for commands. Used on one loop. Each call throws Lost, and gives each
/// server Options::connect_timeout.
class Dialler {
 public:
  /// Throws std::runtime_error if a certificate's file cannot be read.
  Dialler(const Options& options, Timers& timers);

  /// To this server: logged in, its database chosen.
  boost::asio::awaitable<std::unique_ptr<Wire>> open(Address address) const;
  /// To the server that says of itself that it is the master: of the addresses, or the one that a Sentinel
  /// names, beginning with the address that led there last. Not for a cluster. `found`: where it is.
  boost::asio::awaitable<std::unique_ptr<Wire>> open_master(Address& found);
  /// What the first of these nodes of the cluster to answer says of its slots. All are asked at once.
  boost::asio::awaitable<SlotMap> ask_for_slots(std::vector<Address> nodes) const;

 private:
  boost::asio::awaitable<std::unique_ptr<Wire>> connect(Address address) const;
  boost::asio::awaitable<std::unique_ptr<Wire>> open_wire(Address address) const;
  boost::asio::awaitable<void> log_in(Wire& wire, const std::string& username, const Secret& password) const;
  boost::asio::awaitable<Address> ask_sentinel(Address sentinel) const;
  boost::asio::awaitable<std::unique_ptr<Wire>> open_if_master(Address address) const;

  boost::asio::awaitable<SlotMap> ask_node(Address node) const;

  const Options& options_;
  Timers& timers_;
  const TlsContext tls_;
  std::size_t last_good_ = 0;  // of the addresses: the one that led to the master
};

}  // namespace longshore::redis
