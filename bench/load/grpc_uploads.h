#pragma once

#include "bench/load/plan.h"

namespace longshore::bench {

/// Longshore over gRPC: initiate, an UploadChunk for each part, the last of which completes.
boost::asio::awaitable<void> upload_by_chunks(const Tools& tools, const Plan& plan);
/// The same, each part as an UploadChunkStream.
boost::asio::awaitable<void> upload_by_streams(const Tools& tools, const Plan& plan);
/// Longshore over gRPC: initiate with the bytes as payload.
boost::asio::awaitable<void> upload_as_grpc_payload(const Tools& tools, const Plan& plan);

}  // namespace longshore::bench
