#include "front/http/request_record.h"

#include "front/common/request_identity.h"

namespace longshore::http {
namespace {

LogLevel level_of(int status, const Route* route) {
  if (status >= 500) return LogLevel::kWarn;
  const bool of_operators = route != nullptr && route->surface != Surface::clients;
  return of_operators ? LogLevel::kDebug : LogLevel::kInfo;
}

}  // namespace

void record_request(const Exchange& exchange, int status, const std::optional<Error>& error,
                    std::chrono::steady_clock::time_point started) {
  const FrontPorts& ports = exchange.context_.ports;
  const auto duration = std::chrono::steady_clock::now() - started;
  const Route* route = exchange.matched_.route;
  const std::string_view pattern = route == nullptr ? "unknown" : route->pattern;
  const std::string_view method = route == nullptr ? "other" : route->method;
  ports.metrics.http_requests_total.add(
      {.route = pattern, .method = method, .status = static_cast<unsigned>(status)});
  ports.metrics.http_request_duration_seconds.observe({.route = pattern, .method = method},
                                                      std::chrono::duration<double>(duration).count());
  const LogLevel level = level_of(status, route);
  const bool ours = error && level == LogLevel::kWarn;  // not the client's fault: operators see why
  ports.log.write(level, "request",
                  {{"request_id", exchange.request_id_},
                   {"method", exchange.head_.method},
                   {"path", exchange.target_.path},
                   {"status", status},
                   {"reason", error ? to_string(error->reason()) : std::string_view("-")},
                   {"body_bytes", exchange.body_ ? exchange.body_->received() : 0},
                   {"duration_ms", std::chrono::duration_cast<Millis>(duration)},
                   {"client", exchange.client_.to_string()},
                   {"detail", ours ? std::string_view(error->message()) : "-"},
                   {"trace_id", trace_id_of(exchange.head_.fields)}});
}

}  // namespace longshore::http
