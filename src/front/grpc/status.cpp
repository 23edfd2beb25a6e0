#include "front/grpc/status.h"

#include "base/encoding.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace longshore::grpc {
namespace {

constexpr const char* kDomain = "longshore";

/// Clients take trailers of 8 KiB, and the text stands there twice, once with each byte as three.
constexpr std::size_t kMessageBytesMax = 1024;

/// The printable characters of ASCII but for the percent sign (gRPC over HTTP/2, "Status-Message").
constexpr std::string_view kPlain = " !\"#$&'()*+,/:;<=>?@[\\]^`{|}";

std::string shortened(std::string text) {
  if (text.size() <= kMessageBytesMax) return text;
  std::size_t end = kMessageBytesMax;
  const auto continues = [&text](std::size_t at) {
    constexpr unsigned kMarkBits = 0xC0;
    constexpr unsigned kContinuation = 0x80;
    return (static_cast<unsigned char>(text[at]) & kMarkBits) == kContinuation;
  };
  while (end > 0 && continues(end)) --end;
  text.resize(end);
  return text;
}

std::string without_padding(std::string base64) {
  base64.resize(base64.find_last_not_of('=') + 1);
  return base64;
}

/// "0-1,5"
std::string to_text(std::span<const ChunkRange> ranges) {
  std::string text;
  for (const auto& [first, last] : ranges) {
    text += (text.empty() ? "" : ",") + std::to_string(first.value());
    if (last != first) text += "-" + std::to_string(last.value());
  }
  return text;
}

::google::rpc::ErrorInfo to_error_info(const Error& error, std::string_view request_id) {
  const ErrorDetails& details = error.details();
  ::google::rpc::ErrorInfo info;
  info.set_reason(std::string(longshore::to_string(error.reason())));
  info.set_domain(kDomain);
  auto& metadata = *info.mutable_metadata();
  metadata["requestId"] = std::string(request_id);
  if (!details.field.empty()) metadata["field"] = details.field;
  if (details.limit) metadata["limit"] = std::to_string(*details.limit);
  if (!details.upload_id.empty()) metadata["uploadId"] = details.upload_id;
  if (!details.state.empty()) metadata["state"] = details.state;
  if (!details.store_code.empty()) metadata["storeCode"] = details.store_code;
  if (!details.missing_chunks.empty()) metadata["missingChunks"] = to_text(named_chunks(error));
  return info;
}

::google::rpc::RetryInfo to_retry_info(Millis delay) {
  constexpr std::int64_t kMillisASecond = 1000;
  constexpr std::int32_t kNanosAMilli = 1'000'000;
  ::google::rpc::RetryInfo info;
  info.mutable_retry_delay()->set_seconds(delay.count() / kMillisASecond);
  info.mutable_retry_delay()->set_nanos(static_cast<std::int32_t>(delay.count() % kMillisASecond) *
                                        kNanosAMilli);
  return info;
}

}  // namespace

Status to_status(const Error& error, std::string_view request_id) {
  Status status;
  status.code = error_row(error.reason()).grpc;
  if (status.code == GrpcCode::ok) status.code = GrpcCode::failed_precondition;
  status.message = shortened(error.message());

  ::google::rpc::Status detailed;
  detailed.set_code(static_cast<std::int32_t>(status.code));
  detailed.set_message(status.message);
  detailed.add_details()->PackFrom(to_error_info(error, request_id));
  if (const auto delay = retry_after(error)) detailed.add_details()->PackFrom(to_retry_info(*delay));
  status.details = detailed.SerializeAsString();
  return status;
}

Fields to_trailers(const Status& status) {
  Fields trailers{{"grpc-status", std::to_string(static_cast<int>(status.code))}};
  if (!status.message.empty()) trailers.push_back({"grpc-message", percent_encode(status.message, kPlain)});
  if (!status.details.empty()) {
    trailers.push_back({"grpc-status-details-bin", without_padding(base64_encode(as_bytes(status.details)))});
  }
  return trailers;
}

std::string_view to_string(GrpcCode code) {
  switch (code) {
    case GrpcCode::ok:
      return "OK";
    case GrpcCode::invalid_argument:
      return "INVALID_ARGUMENT";
    case GrpcCode::deadline_exceeded:
      return "DEADLINE_EXCEEDED";
    case GrpcCode::not_found:
      return "NOT_FOUND";
    case GrpcCode::already_exists:
      return "ALREADY_EXISTS";
    case GrpcCode::permission_denied:
      return "PERMISSION_DENIED";
    case GrpcCode::resource_exhausted:
      return "RESOURCE_EXHAUSTED";
    case GrpcCode::failed_precondition:
      return "FAILED_PRECONDITION";
    case GrpcCode::aborted:
      return "ABORTED";
    case GrpcCode::out_of_range:
      return "OUT_OF_RANGE";
    case GrpcCode::unimplemented:
      return "UNIMPLEMENTED";
    case GrpcCode::internal:
      return "INTERNAL";
    case GrpcCode::unavailable:
      return "UNAVAILABLE";
    case GrpcCode::data_loss:
      return "DATA_LOSS";
    case GrpcCode::unauthenticated:
      return "UNAUTHENTICATED";
  }
  return "UNKNOWN";
}

}  // namespace longshore::grpc
