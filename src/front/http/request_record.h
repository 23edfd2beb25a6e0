#pragma once

#include <chrono>
#include <optional>

#include "front/http/exchange.h"

namespace longshore::http {

/// The status that log and metrics show of a request whose client went away before it had its answer; none is
/// sent. The number that proxies use for it.
inline constexpr int kClientLeft = 499;

/// Tells log and metrics of a request that was served or cut off. `status` is what was answered, `error` what
/// was answered instead of what was asked for; `started` is when its header had come.
void record_request(const Exchange& exchange, int status, const std::optional<Error>& error,
                    std::chrono::steady_clock::time_point started);

}  // namespace longshore::http
