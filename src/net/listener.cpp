#include "net/listener.h"

#include <algorithm>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "net/timers.h"

namespace longshore {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// What waits in the kernel while a loop is busy or out of descriptors; the kernel caps it at
/// net.core.somaxconn.
constexpr int kBacklog = 4096;

/// After an error that lasts (no descriptors, no memory), so that the loop does not spin.
constexpr Millis kPauseAfterError{100};

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

enum class Sharing { alone, with_other_loops };

tcp::acceptor bound_acceptor(asio::io_context& loop, const tcp::endpoint& endpoint, Sharing sharing) {
  tcp::acceptor acceptor(loop, endpoint.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  if (sharing == Sharing::with_other_loops) acceptor.set_option(ReusePort(true));
  acceptor.bind(endpoint);
  return acceptor;
}

/// Throws address_in_use when somebody listens there; binding with SO_REUSEPORT would not notice another
/// server of ours.
void refuse_if_taken(asio::io_context& loop, const tcp::endpoint& endpoint) {
  if (endpoint.port() == 0) return;
  bound_acceptor(loop, endpoint, Sharing::alone).listen(1);
}

/// Refers to a connection that went away before it was accepted: there is no reason to pause.
bool concerns_one_connection(const error_code& error) {
  return error == asio::error::connection_aborted || error == asio::error::connection_reset;
}

}  // namespace

struct Listener::State : std::enable_shared_from_this<State> {
  State(const ListenerOptions& options, ListenerCallbacks given, Gate& entered)
      : callbacks(std::move(given)), gate(entered), open(options.connections) {}

  static asio::awaitable<void> accept_loop(std::shared_ptr<State> self, tcp::acceptor& acceptor);
  /// Whatever it throws concerns one connection, and is no reason to accept no more.
  template <class Work>
  void survive(Work work);
  void admit(tcp::socket socket);
  static asio::awaitable<void> serve(std::shared_ptr<State> self, ClientShares::Share share,
                                     tcp::socket socket);

  const ListenerCallbacks callbacks;
  Gate& gate;
  const std::shared_ptr<ClientShares> open;
  std::vector<tcp::acceptor> acceptors;  // each is used on its own loop once started
  tcp::endpoint endpoint;
};

asio::awaitable<void> Listener::State::accept_loop(std::shared_ptr<State> self, tcp::acceptor& acceptor) {
  AsioTimers timers;
  while (acceptor.is_open()) {
    error_code error;
    tcp::socket socket = co_await acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (!error) {
      self->survive([&] { self->admit(std::move(socket)); });
    } else if (error != asio::error::operation_aborted && !concerns_one_connection(error)) {
      self->survive([&] { self->callbacks.on_accept_error(error); });
      co_await timers.sleep_for(kPauseAfterError);
    }
  }
}

template <class Work>
void Listener::State::survive(Work work) {
  try {
    work();
  } catch (...) {
    callbacks.on_serve_error(std::current_exception());
  }
}

void Listener::State::admit(tcp::socket socket) {
  error_code gone;  // the client may have left already
  const tcp::endpoint remote = socket.remote_endpoint(gone);
  if (!gone) socket.set_option(tcp::no_delay(true), gone);
  if (!gone) socket.non_blocking(true, gone);
  if (gone) return;

  auto share = open->take(remote.address());
  if (!share) return callbacks.on_refused(remote.address());
  auto executor = socket.get_executor();
  gate.spawn(executor, serve(shared_from_this(), std::move(share), std::move(socket)),
             callbacks.on_serve_error);
}

asio::awaitable<void> Listener::State::serve(std::shared_ptr<State> self,
                                             [[maybe_unused]] ClientShares::Share share, tcp::socket socket) {
  co_await self->callbacks.serve(std::move(socket));
}

Listener::Listener(const std::vector<asio::io_context*>& loops, const ListenerOptions& options,
                   ListenerCallbacks callbacks, Gate& gate)
    : state_(std::make_shared<State>(options, std::move(callbacks), gate)) {
  refuse_if_taken(*loops.front(), options.endpoint);
  state_->endpoint = options.endpoint;
  for (asio::io_context* loop : loops) {
    auto& acceptor = state_->acceptors.emplace_back(
        bound_acceptor(*loop, state_->endpoint, Sharing::with_other_loops));
    state_->endpoint = acceptor.local_endpoint();  // port 0 is a real one now: the others share it
    acceptor.listen(kBacklog);
  }
}

Listener::~Listener() = default;

void Listener::start() {
  for (tcp::acceptor& acceptor : state_->acceptors) {
    state_->gate.spawn(acceptor.get_executor(), State::accept_loop(state_, acceptor),
                       state_->callbacks.on_serve_error);
  }
}

void Listener::stop() {
  for (tcp::acceptor& acceptor : state_->acceptors) {
    asio::post(acceptor.get_executor(), [state = state_, &acceptor] {
      error_code ignored;
      acceptor.close(ignored);
    });
  }
}

tcp::endpoint Listener::endpoint() const { return state_->endpoint; }

}  // namespace longshore
