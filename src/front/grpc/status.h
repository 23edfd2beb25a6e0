#pragma once

#include <string>
#include <string_view>

#include "domain/error.h"
#include "front/common/error_table.h"
#include "front/common/field.h"

/// How a call ended, as its client sees it (gRPC over HTTP/2, "Responses").
namespace longshore::grpc {

struct Status {
  GrpcCode code = GrpcCode::ok;
  std::string message;
  std::string details;  // a google.rpc.Status, serialised; empty: none
};

/// The code of the table of errors, with ErrorInfo (reason, domain "longshore", what the error names) and,
/// where a retry helps, RetryInfo. A reason that is no error in the one answer that can carry it
/// (MISSING_CHUNKS) is FAILED_PRECONDITION elsewhere.
Status to_status(const Error& error, std::string_view request_id);

/// The trailers that say so.
Fields to_trailers(const Status& status);

/// "INVALID_ARGUMENT" and so on, for logs and metrics.
std::string_view to_string(GrpcCode code);

}  // namespace longshore::grpc
