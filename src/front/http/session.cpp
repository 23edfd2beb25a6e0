#include "front/http/session.h"

#include <chrono>
#include <exception>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "front/common/client_address.h"
#include "front/common/error_table.h"
#include "front/common/public_error.h"
#include "front/common/request_identity.h"
#include "front/http/head_reader.h"
#include "front/http/request_checks.h"
#include "front/http/request_record.h"

namespace longshore::http {

Session::Session(FrontContext& context, boost::asio::ip::tcp::socket socket, Surface surface)
    : context_(context),
      connection_(std::move(socket), context.ports.timers,
                  Patience(context.config.body_rate_min, context.config.idle_timeout),
                  context.limits.small_memory()),
      surface_(surface) {}

Task<void> Session::run() {
  try {
    while (co_await serve_one()) {
    }
  } catch (const ConnectionLost&) {  // nobody is left to be told
  }
  connection_.close();
}

Task<bool> Session::receive(Opening& opening) {
  const HttpConfig& config = context_.config;
  const bool first = std::exchange(first_, false);
  try {
    const std::string head = co_await read_head(
        connection_,
        {.quiet = first ? config.header_timeout : config.idle_timeout, .header = config.header_timeout});
    if (head.empty()) co_return false;
    opening.head = parse_head(head);
    opening.framing = check_framing(opening.head);
    opening.target = parse_target(opening.head.target, opening.framing.host);
  } catch (const Error& error) {
    opening.refusal = error;
  }
  co_return true;
}

Task<bool> Session::serve_one() {
  Opening opening;
  if (!co_await receive(opening)) co_return false;
  const auto started = std::chrono::steady_clock::now();

  const HttpConfig& config = context_.config;
  Exchange exchange(
      context_, connection_, request_id_of(opening.head.fields, context_.ports.random),
      client_address(connection_.remote_address(), opening.head.fields, config.trusted_proxies));
  exchange.head_ = std::move(opening.head);
  exchange.framing_ = opening.framing;
  exchange.target_ = std::move(opening.target);
  exchange.close_ = opening.refusal || !exchange.framing_.keep_alive || context_.draining;
  if (!opening.refusal) {
    exchange.body_.emplace(connection_, context_.ports.buffers, exchange.framing_,
                           Patience(config.body_rate_min, config.idle_timeout));
  }

  std::optional<Error> error;
  try {
    error = co_await answer(exchange, opening.refusal);
  } catch (const ConnectionLost&) {
    record_request(exchange, kClientLeft, std::nullopt, started);
    throw;
  } catch (const boost::system::system_error&) {  // a drain that is out of time
    const Error draining{Reason::draining, "this server is going down, and could not wait for this request"};
    record_request(exchange, error_row(draining.reason()).http, draining, started);
    throw;
  }
  record_request(exchange, exchange.status_, error, started);
  co_return co_await finish(exchange);
}

/// What was answered instead of what was asked for.
Task<std::optional<Error>> Session::answer(Exchange& exchange, const std::optional<Error>& refusal) {
  std::optional<Error> error = co_await dispatch(exchange, refusal);
  if (error && exchange.status_ != 0) {
    exchange.close_ = true;  // in the midst of an answer, which the client sees by the missing bytes
  } else if (error) {
    try {
      co_await exchange.send_error(*error);
      co_return error;
    } catch (const Error& no_memory) {
      error = no_memory;  // which is a small one
    }
    co_await exchange.send_error(*error);
  }
  co_return error;
}

/// Serves the request; what goes wrong with it becomes an error to be answered.
Task<std::optional<Error>> Session::dispatch(Exchange& exchange, const std::optional<Error>& refusal) {
  try {
    prepare(exchange, refusal);
    co_await exchange.matched_.route->handler(exchange);
    if (exchange.status_ != 0) co_return std::nullopt;
    context_.ports.log.error("a handler gave no answer", {{"request_id", exchange.request_id_}});
  } catch (const ConnectionLost&) {
    throw;
  } catch (...) {
    co_return public_error(std::current_exception(), context_.ports.log, exchange.request_id_);
  }
  co_return internal_error();
}

/// Finds the route and decides whether it may be taken now. A request that never became one costs its address
/// as much as any other.
void Session::prepare(Exchange& exchange, const std::optional<Error>& refusal) {
  Match match;
  if (!refusal) match = find_route(exchange.head_.method, exchange.target_.segments, surface_);
  if (auto* matched = std::get_if<Matched>(&match)) exchange.matched_ = std::move(*matched);
  const Route* route = exchange.matched_.route;
  const bool is_probe = route != nullptr && route->surface != Surface::clients;
  using enum ClientLimits::Asker;
  if (surface_ != Surface::operators) exchange.asker_ = is_probe ? probe : client;

  if (exchange.asker_)
    context_.limits.admit_request(exchange.client_, context_.ports.clock.now(), *exchange.asker_);
  if (context_.draining && !is_probe)
    throw Error{Reason::draining, "this server is going down; try another one, or again soon"};
  if (refusal) throw Error(*refusal);
  if (exchange.asker_) exchange.memory_.hold_small(exchange.head_.bytes(), *exchange.asker_);
  if (const auto* others = std::get_if<OtherMethods>(&match)) {
    exchange.add_error_field({"Allow", others->allow});
    throw Error{Reason::method_not_allowed, "this path takes " + others->allow};
  }
  if (const auto* later = std::get_if<InALaterRelease>(&match)) {
    throw Error{Reason::not_found, "this release of the server has no " + std::string(later->what)};
  }
  if (route == nullptr) throw Error{Reason::not_found, "there is no such path on this server"};
  check_query(*route, exchange.target_);
  check_fields(exchange.head_);
  check_body(*route, exchange.head_, exchange.framing_);
}

/// True: the next request follows.
Task<bool> Session::finish(Exchange& exchange) {
  if (exchange.body_) exchange.body_->release();
  const bool whole = exchange.owed_ == 0;
  if (whole && !exchange.close_ && co_await exchange.body_->skip_rest()) co_return true;
  co_await connection_.linger();
  co_return false;
}

}  // namespace longshore::http
