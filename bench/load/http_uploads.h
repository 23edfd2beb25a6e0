#pragma once

#include "bench/load/plan.h"

namespace longshore::bench {

/// Longshore over HTTP: initiate, a PUT for each part, the last of which completes.
boost::asio::awaitable<void> upload_in_parts(const Tools& tools, const Plan& plan);
/// Longshore over HTTP: initiate with the bytes as payload.
boost::asio::awaitable<void> upload_as_payload(const Tools& tools, const Plan& plan);
/// tusd: creation, then one PATCH with all bytes.
boost::asio::awaitable<void> upload_by_tus(const Tools& tools, const Plan& plan);
/// tusd: creation with all bytes.
boost::asio::awaitable<void> upload_by_tus_creation(const Tools& tools, const Plan& plan);

}  // namespace longshore::bench
