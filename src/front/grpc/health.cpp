#include <algorithm>
#include <string>

#include "front/grpc/call.h"
#include "front/grpc/handlers.h"
#include "front/grpc/methods.h"
#include "front/grpc/unary.h"
#include "grpc/health/v1/health.pb.h"

namespace longshore::grpc {
namespace {

using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;

constexpr Millis kLook = std::chrono::seconds{1};

/// Empty: the server as a whole.
bool is_known(const std::string& service) {
  const std::string prefix = "/" + service + "/";
  return service.empty() || std::ranges::any_of(methods(), [&](const Method& method) {
           return method.path.starts_with(prefix);
         });
}

Task<HealthCheckResponse::ServingStatus> serving_status(Call& call) {
  const auto missing = co_await call.context().readiness.missing();
  const bool serves = missing.empty() && !call.is_draining();
  co_return serves ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

}  // namespace

Task<void> check_health(Call& call) {
  HealthCheckRequest request;
  co_await read_request(call, request, kRequestBytesMax);
  if (!is_known(request.service())) throw Error{Reason::not_found, "this server has no such service"};
  HealthCheckResponse response;
  response.set_status(co_await serving_status(call));
  co_await call.send(response);
}

Task<void> watch_health(Call& call) {
  HealthCheckRequest request;
  co_await read_request(call, request, kRequestBytesMax);
  call.becomes_watcher();
  HealthCheckResponse told;
  for (bool first = true; call.is_open(); first = false) {
    HealthCheckResponse now;
    now.set_status(HealthCheckResponse::SERVICE_UNKNOWN);
    if (is_known(request.service())) now.set_status(co_await serving_status(call));
    if (first || now.status() != told.status()) co_await call.send(now);
    told = now;
    if (call.is_draining()) throw Error{Reason::draining, "this server is going down"};
    co_await call.context().ports.timers.sleep_for(kLook);
  }
}

}  // namespace longshore::grpc
