#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "front/grpc/grpc_context.h"
#include "net/gate.h"
#include "net/listener.h"

namespace longshore::grpc {

class Session;

/// The gRPC front: listens, speaks HTTP/2 and gRPC strictly, limits, and hands calls to the coordinator. Each
/// connection lives on one of the loops that its listener was given. Used as HttpFront is.
class GrpcFront {
 public:
  /// `limits`, of all fronts together, must outlive it.
  GrpcFront(FrontPorts ports, ClientLimits& limits, GrpcConfig config);
  GrpcFront(const GrpcFront&) = delete;
  GrpcFront& operator=(const GrpcFront&) = delete;
  ~GrpcFront();

  /// Binds and begins to serve; the endpoint, with the port that was chosen. Throws
  /// boost::system::system_error where it cannot be bound.
  boost::asio::ip::tcp::endpoint listen(const std::vector<boost::asio::io_context*>& loops,
                                        const boost::asio::ip::tcp::endpoint& endpoint);

  /// Tells the clients to go elsewhere; stops to listen; waits for the requests under way, of all fronts,
  /// at most `patience`, for server streams to tell how things ended, and for clients to take the last
  /// answers; what is left is answered DRAINING and, a moment later, cut off. Called once, on a running loop.
  Task<void> drain(Millis patience);

  [[nodiscard]] const GrpcContext& context() const { return context_; }

 private:
  Task<void> serve(boost::asio::ip::tcp::socket socket);
  /// On each session's own loop.
  void tell_sessions(void (Session::*what)());

  GrpcContext context_;
  Gate gate_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::mutex mutex_;
  std::set<std::shared_ptr<Session>> sessions_;
  std::atomic<int> untold_{0};  // sessions that tell_sessions() has not reached yet
};

}  // namespace longshore::grpc
