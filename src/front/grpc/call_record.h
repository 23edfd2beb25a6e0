#pragma once

#include <optional>

#include "domain/error.h"
#include "front/grpc/call.h"

namespace longshore::grpc {

/// Tells log and metrics of a call that was served. `error` is what was answered instead of what was asked
/// for.
void record_call(const Call& call, const std::optional<Error>& error);

}  // namespace longshore::grpc
