#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "net/client_shares.h"
#include "net/gate.h"

namespace longshore {

struct ListenerOptions {
  boost::asio::ip::tcp::endpoint endpoint;  // port 0: any that is free
  /// Where open connections are counted and capped, on all loops together; several listeners may share it.
  std::shared_ptr<ClientShares> connections;
};

/// What a front does with connections. All are called on the loop that the connection belongs to, so on
/// several threads.
struct ListenerCallbacks {
  /// A new connection, TCP_NODELAY and non-blocking; it is counted until this coroutine has ended. Its
  /// executor is its loop's.
  std::function<boost::asio::awaitable<void>(boost::asio::ip::tcp::socket)> serve;
  /// An exception that left serve() or another callback: it concerns one connection at most. Must not throw.
  std::function<void(std::exception_ptr)> on_serve_error;
  /// accept(2) failed, of lack of descriptors for instance. At most ten times a second and loop.
  std::function<void(boost::system::error_code)> on_accept_error;
  /// A connection was closed at once, unserved: the cap, or the cap of its address, is reached.
  std::function<void(const boost::asio::ip::address&)> on_refused;
};

/// Accepts TCP connections on several loops, one acceptor each with SO_REUSEPORT: the kernel deals them out
/// and a connection stays on its loop, without a lock on its path. An error of accept(2) never ends it: it
/// waits a moment and goes on.
///
/// start() and stop() from any thread; the loops, the gate and what the callbacks refer to must outlive it,
/// and the gate must be drained before it dies.
class Listener {
 public:
  /// Binds and listens, so that a port in use is known before anything is started; throws
  /// boost::system::system_error. A port on which another process listens is refused, though SO_REUSEPORT
  /// would share it.
  Listener(const std::vector<boost::asio::io_context*>& loops, const ListenerOptions& options,
           ListenerCallbacks callbacks, Gate& gate);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Starts to accept. Connections and the loops that accept pass `gate`.
  void start();
  /// Stops to accept and closes the port; connections that are open go on. Idempotent.
  void stop();

  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const;  // with the port that was chosen

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace longshore
