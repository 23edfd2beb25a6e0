#pragma once

#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "front/http/front_context.h"
#include "front/http/routes.h"
#include "net/gate.h"
#include "net/listener.h"

namespace longshore::http {

/// The HTTP/1.1 front: listens, reads requests strictly, limits, and hands them to the coordinator. Each
/// connection lives on one of the loops that its listener was given.
///
///     HttpFront front(ports, limits, config);
///     front.listen(loops, endpoint, Surface::both);
///     ...
///     co_await front.drain(timeout);   // then it may be destroyed
class HttpFront {
 public:
  /// `limits`, of all fronts together, must outlive it.
  HttpFront(FrontPorts ports, ClientLimits& limits, HttpConfig config);
  HttpFront(const HttpFront&) = delete;
  HttpFront& operator=(const HttpFront&) = delete;

  /// Binds and begins to serve what `surface` shows; several times for several endpoints, all before the
  /// loops run or on one thread. Those for operators alone count a few connections of their own. The
  /// endpoint, with the port that was chosen. Throws
  /// boost::system::system_error where it cannot be bound.
  boost::asio::ip::tcp::endpoint listen(const std::vector<boost::asio::io_context*>& loops,
                                        const boost::asio::ip::tcp::endpoint& endpoint, Surface surface);

  /// From here on new requests are answered DRAINING; those in flight go on.
  void begin_drain() { context_.draining = true; }
  /// begin_drain(), then waits for the requests in flight, of all fronts, at most `patience`, and for
  /// progress streams to tell how those ended; then stops to listen and ends what is left. Called once, on a
  /// running loop.
  Task<void> drain(Millis patience);

 private:
  Task<void> serve(boost::asio::ip::tcp::socket socket, Surface surface);

  FrontContext context_;
  Gate gate_;
  std::vector<std::unique_ptr<Listener>> listeners_;
};

}  // namespace longshore::http
