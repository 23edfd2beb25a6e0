#pragma once

#include <string_view>

#include "base/clock.h"

namespace longshore::grpc {

/// A grpc-timeout: at most eight digits and a unit (H, M, S, m, u or n), rounded up to milliseconds. Throws
/// Error invalid_request.
Millis parse_timeout(std::string_view text);

}  // namespace longshore::grpc
