#include "front/grpc/call_record.h"

#include <chrono>

#include "front/common/request_identity.h"
#include "front/grpc/methods.h"

namespace longshore::grpc {
namespace {

/// That of the table, so that no client can make up labels.
std::string_view method_of(const Call& call) {
  for (const Method& method : methods()) {
    if (method.path == call.head().path) return method.path;
  }
  return "unknown";
}

/// A client that left before it had its answer is CANCELLED, as it would say itself.
std::string_view text_of(std::optional<GrpcCode> told) {
  return told ? to_string(*told) : std::string_view("CANCELLED");
}

LogLevel level_of(const Call& call, std::optional<GrpcCode> code) {
  const bool ours = code == GrpcCode::internal || code == GrpcCode::unavailable ||
                    code == GrpcCode::data_loss;
  if (ours) return LogLevel::kWarn;
  const bool of_operators = call.head().path.starts_with("/grpc.");  // health, reflection
  return of_operators ? LogLevel::kDebug : LogLevel::kInfo;
}

}  // namespace

void record_call(const Call& call, std::optional<GrpcCode> told, const std::optional<Error>& error) {
  const FrontPorts& ports = call.context().ports;
  const auto duration = Call::Steady::now() - call.started();
  ports.metrics.grpc_calls_total.add({.method = method_of(call), .code = text_of(told)});
  ports.metrics.grpc_call_duration_seconds.observe({.method = method_of(call)},
                                                   std::chrono::duration<double>(duration).count());
  const LogLevel level = level_of(call, told);
  const bool ours = error && level == LogLevel::kWarn;  // not the client's fault: operators see why
  ports.log.write(level, "call",
                  {{"request_id", call.request_id()},
                   {"method", call.head().path},
                   {"code", text_of(told)},
                   {"reason", error ? longshore::to_string(error->reason()) : std::string_view("-")},
                   {"body_bytes", call.received_bytes()},
                   {"duration_ms", std::chrono::duration_cast<Millis>(duration)},
                   {"client", call.client().to_string()},
                   {"detail", ours ? std::string_view(error->message()) : "-"},
                   {"trace_id", trace_id_of(call.head().metadata)}});
}

}  // namespace longshore::grpc
