#pragma once

#include <span>
#include <string_view>

#include "base/clock.h"
#include "domain/error.h"

namespace longshore {

/// The canonical codes of gRPC (grpc.io, "Status codes and their use in gRPC"), as far as the table uses
/// them.
enum class GrpcCode {
  ok = 0,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

/// What clients see of a reason, the same for every protocol. The one place where reasons meet status codes.
struct ErrorRow {
  Reason reason;
  int http;
  GrpcCode grpc;
  std::string_view title;  // for people, the same for every error of that reason (RFC 9457 "title")
  Millis retry_after{0};   // when to try again where the error itself does not say; 0: trying the same again
                           // does not help
};

const ErrorRow& error_row(Reason reason);

/// When a retry makes sense: the error's own word, else the table's; nullopt: not at all.
std::optional<Millis> retry_after(const Error& error);

/// The missing chunks that an error names: the first ones, so that the answer stays small. Whoever has sent
/// these is told the next.
std::span<const ChunkRange> named_chunks(const Error& error);

}  // namespace longshore
