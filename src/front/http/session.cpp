#include "front/http/session.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "front/http/request_checks.h"
#include "obs/request_id.h"

namespace longshore::http {
namespace {

constexpr std::string_view kBlankLine = "\r\n";

Millis until(std::chrono::steady_clock::time_point deadline) {
  return std::chrono::ceil<Millis>(deadline - std::chrono::steady_clock::now());
}

Error internal_error() {
  return Error{Reason::internal,
               "something went wrong inside; the server's log has more under this request id"};
}

}  // namespace

Session::Session(FrontContext& context, boost::asio::ip::tcp::socket socket, Surface surface)
    : context_(context),
      connection_(std::move(socket), context.ports.timers,
                  Patience(context.config.body_rate_min, context.config.idle_timeout)),
      surface_(surface) {}

Task<void> Session::run() {
  try {
    while (co_await serve_one()) {
    }
  } catch (const ConnectionLost&) {  // nobody is left to be told
  }
  connection_.close();
}

Task<bool> Session::read_head(std::optional<Error>& refusal) {
  const HttpConfig& config = context_.config;
  HeadScanner scanner;
  bool begun = !connection_.ahead().empty();
  bool blank_line_skipped = false;
  auto deadline = Steady::now() + (first_ || begun ? config.header_timeout : config.idle_timeout);
  for (;;) {
    std::size_t size = 0;
    try {
      size = scanner.scan(connection_.ahead());
    } catch (const Error& error) {
      refusal = error;
      co_return true;
    }
    if (size == kBlankLine.size() && !blank_line_skipped) {  // some clients end a body with one
      connection_.consume(size);
      scanner = HeadScanner{};
      blank_line_skipped = true;
      continue;
    }
    if (size > 0) {
      raw_head_.assign(connection_.ahead().substr(0, size));
      connection_.consume(size);
      co_return true;
    }
    const Connection::Read read = connection_.try_read_ahead();
    if (read == Connection::Read::ended) co_return false;
    if (read == Connection::Read::some) {
      if (!std::exchange(begun, true) && !first_) deadline = Steady::now() + config.header_timeout;
      continue;
    }
    const Millis left = until(deadline);
    if (left > Millis{0} && co_await connection_.wait_readable(left)) continue;
    if (!begun) co_return false;
    refusal = Error{Reason::request_timeout, "the header came too slowly"};
    co_return true;
  }
}

Task<bool> Session::serve_one() {
  std::optional<Error> error;
  raw_head_.clear();
  if (!co_await read_head(error)) co_return false;
  first_ = false;
  const auto started = Steady::now();

  RequestHead head;
  Framing framing;
  try {
    if (!error) {
      head = parse_head(raw_head_);
      framing = check_framing(head);
    }
  } catch (const Error& refusal) {
    error = refusal;
  }
  const std::string* sent_id = head.find("x-request-id");
  Exchange exchange(
      context_, connection_, surface_,
      request_id_from(sent_id == nullptr ? std::string_view() : *sent_id, context_.ports.random));
  exchange.head_ = std::move(head);
  exchange.framing_ = framing;
  exchange.close_ = error || !framing.keep_alive || context_.draining;
  if (!error) {
    exchange.body_.emplace(connection_, context_.ports.buffers, framing,
                           Patience(context_.config.body_rate_min, context_.config.idle_timeout));
    error = co_await dispatch(exchange);
  }
  const bool answered = exchange.status_ != 0;
  if (error && !answered) {
    Response response = error_response(*error, exchange.request_id_);
    std::ranges::move(exchange.error_fields_, std::back_inserter(response.fields));
    co_await exchange.send(std::move(response));
  }
  record(exchange, error, started);
  const bool cut_short = answered && (error || exchange.owed_ != 0);
  if (cut_short) co_return false;  // the client sees it by the missing bytes
  exchange.release();
  co_return co_await finish(exchange);
}

/// Serves the request; what goes wrong with it becomes an error to be answered.
Task<std::optional<Error>> Session::dispatch(Exchange& exchange) {
  try {
    prepare(exchange);
    co_await exchange.matched_.route->handler(exchange);
    if (exchange.status_ != 0) co_return std::nullopt;
    context_.ports.log.error("a handler gave no answer", {{"request_id", exchange.request_id_}});
  } catch (const Error& error) {
    if (error.reason() == Reason::internal) {
      context_.ports.log.error("internal error",
                               {{"request_id", exchange.request_id_}, {"what", error.message()}});
      co_return internal_error();  // what it says is for the log
    }
    co_return error;
  } catch (const ConnectionLost&) {
    throw;
  } catch (const boost::system::system_error& error) {
    if (error.code() == boost::asio::error::operation_aborted) throw;
    context_.ports.log.error("internal error",
                             {{"request_id", exchange.request_id_}, {"what", error.code().message()}});
  } catch (const std::exception& error) {
    context_.ports.log.error("internal error",
                             {{"request_id", exchange.request_id_}, {"what", error.what()}});
  }
  co_return internal_error();
}

/// Finds the route and decides whether it may be taken now.
void Session::prepare(Exchange& exchange) {
  exchange.target_ = parse_target(exchange.head_.target, exchange.framing_.host);
  Match match = find_route(exchange.head_.method, exchange.target_.segments, surface_);
  if (auto* matched = std::get_if<Matched>(&match)) exchange.matched_ = std::move(*matched);
  const Route* route = exchange.matched_.route;

  if (route == nullptr || route->surface == Surface::clients) {
    const auto wait = context_.rate_limit.take(client_address(exchange.head_), context_.ports.clock.now());
    if (wait)
      throw Error{Reason::rate_limited, "too many requests from this address", {.retry_after = *wait}};
    if (context_.draining)
      throw Error{Reason::draining, "this server is going down; try another one, or again soon"};
  }
  if (auto* others = std::get_if<OtherMethods>(&match)) {
    exchange.add_error_field({"Allow", others->allow});
    throw Error{Reason::method_not_allowed, "this path takes " + others->allow};
  }
  if (route == nullptr) throw Error{Reason::not_found, "there is no such path on this server"};
  check_query(*route, exchange.target_);
  check_fields(exchange.head_);
  check_body(*route, exchange.head_, exchange.framing_);
}

Task<bool> Session::finish(Exchange& exchange) {
  if (!exchange.close_ && co_await exchange.body_->skip_rest()) co_return true;
  co_await connection_.linger();
  co_return false;
}

void Session::record(const Exchange& exchange, const std::optional<Error>& error,
                     Steady::time_point started) {
  const Route* route = exchange.matched_.route;
  const std::string_view pattern = route == nullptr ? "unknown" : route->pattern;
  const std::string_view method = route == nullptr ? "other" : route->method;
  const auto duration = Steady::now() - started;
  Metrics& metrics = context_.ports.metrics;
  metrics.http_requests_total.add(
      {.route = pattern, .method = method, .status = static_cast<unsigned>(exchange.status_)});
  metrics.http_request_duration_seconds.observe({.route = pattern, .method = method},
                                                std::chrono::duration<double>(duration).count());

  const bool of_operators = route != nullptr && route->surface != Surface::clients;
  const LogLevel level = exchange.status_ >= 500 ? LogLevel::kWarn
                         : of_operators          ? LogLevel::kDebug
                                                 : LogLevel::kInfo;
  context_.ports.log.write(level, "request",
                           {{"request_id", exchange.request_id_},
                            {"method", exchange.head_.method},
                            {"path", exchange.target_.path},
                            {"status", exchange.status_},
                            {"reason", error ? to_string(error->reason()) : std::string_view("-")},
                            {"body_bytes", exchange.body_ ? exchange.body_->received() : 0},
                            {"duration_ms", std::chrono::duration_cast<Millis>(duration)},
                            {"client", client_address(exchange.head_).to_string()}});
}

boost::asio::ip::address Session::client_address(const RequestHead& head) const {
  const auto peer = connection_.remote_address();
  if (std::ranges::find(context_.config.trusted_proxies, peer) == context_.config.trusted_proxies.end())
    return peer;
  const auto last = std::ranges::find(head.fields.rbegin(), head.fields.rend(), "x-forwarded-for",
                                      &Field::name);
  if (last == head.fields.rend()) return peer;
  std::string text = last->value.substr(last->value.find_last_of(", ") + 1);  // npos + 1: all of it
  boost::system::error_code malformed;
  const auto client = boost::asio::ip::make_address(text, malformed);
  return malformed ? peer : client;
}

}  // namespace longshore::http
