#include "front/grpc/grpc_front.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/post.hpp>

#include "front/common/connections.h"
#include "front/grpc/session.h"
#include "net/race.h"

namespace longshore::grpc {
namespace {

using Steady = std::chrono::steady_clock;

constexpr Millis kNotice{200};  // for clients to hear of a drain: calls that they begin meanwhile are served
constexpr Millis kLastWord{3000};  // for server streams to notice that all calls have ended, and to tell
constexpr Millis kFarewell{3000};  // for the last answers to be sent, and for clients to close

}  // namespace

GrpcFront::GrpcFront(FrontPorts ports, ClientLimits& limits, GrpcConfig config)
    : context_(std::move(ports), limits, std::move(config)) {}

GrpcFront::~GrpcFront() = default;

boost::asio::ip::tcp::endpoint GrpcFront::listen(const std::vector<boost::asio::io_context*>& loops,
                                                 const boost::asio::ip::tcp::endpoint& endpoint) {
  auto callbacks = connection_callbacks(
      context_.ports, [this](boost::asio::ip::tcp::socket socket) { return serve(std::move(socket)); });
  auto listener = std::make_unique<Listener>(
      loops, ListenerOptions{.endpoint = endpoint, .connections = context_.connections}, std::move(callbacks),
      gate_);
  const auto bound = listener->endpoint();
  listener->start();
  listeners_.push_back(std::move(listener));
  return bound;
}

Task<void> GrpcFront::serve(boost::asio::ip::tcp::socket socket) {
  class Listed {
   public:
    Listed(GrpcFront& front, std::shared_ptr<Session> session) : front_(front), session_(std::move(session)) {
      const std::lock_guard lock(front_.mutex_);
      front_.sessions_.insert(session_);
    }
    Listed(const Listed&) = delete;
    Listed& operator=(const Listed&) = delete;
    ~Listed() {
      const std::lock_guard lock(front_.mutex_);
      front_.sessions_.erase(session_);
    }

   private:
    GrpcFront& front_;
    const std::shared_ptr<Session> session_;
  };
  const auto session = std::make_shared<Session>(context_, std::move(socket));
  const Listed listed(*this, session);
  co_await session->run();
}

void GrpcFront::tell_sessions(void (Session::*what)()) {
  const std::lock_guard lock(mutex_);
  for (const auto& session : sessions_) {
    ++untold_;
    boost::asio::post(session->executor(), [this, session, what] {
      (*session.*what)();
      --untold_;
    });
  }
}

Task<void> GrpcFront::drain(Millis patience) {
  context_.draining = true;
  const auto deadline = Steady::now() + patience;
  for (const auto& listener : listeners_) listener->stop();
  tell_sessions(&Session::announce_end);
  co_await context_.ports.timers.sleep_for(std::min(kNotice, patience));
  tell_sessions(&Session::refuse_new_calls);
  co_await becomes_none(untold_, context_.ports.timers, deadline);  // who was not may still let calls in
  co_await becomes_none(context_.calls, context_.ports.timers, deadline);
  co_await becomes_none(context_.watchers, context_.ports.timers,
                        std::min(deadline, Steady::now() + kLastWord));
  tell_sessions(&Session::break_off);
  gate_.close();
  const auto left = std::chrono::ceil<Millis>(deadline - Steady::now());
  co_await ends_within(context_.ports.timers, std::clamp(left, kNotice, kFarewell), gate_.drained());
  gate_.cancel();
  co_await gate_.drained();
  co_await context_.readiness.stop();
}

}  // namespace longshore::grpc
