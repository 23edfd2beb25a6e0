#pragma once

#include <optional>

#include "domain/error.h"
#include "front/grpc/call.h"

namespace longshore::grpc {

/// Tells log and metrics of a call that was served or refused. `told` is what its client was told; nullopt:
/// it had gone. `error` is what was answered instead of what was asked for.
void record_call(const Call& call, std::optional<GrpcCode> told, const std::optional<Error>& error);

}  // namespace longshore::grpc
