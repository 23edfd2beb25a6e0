#pragma once

#include <optional>
#include <string>

#include "longshore/v1/longshore.pb.h"

#include "coordinator/requests.h"
#include "domain/limits.h"

/// The coordinator's answers as public messages. Pure functions.
namespace longshore {

/// Everything a client plans its chunks by. `expected_size`: of the object, where known. `unary_message_max`:
/// the largest gRPC message, 0 on a server without gRPC. Throws out_of_limits if the object cannot be reached
/// at all.
v1::UploadLimits to_limits(const StoreLimits& limits, const UploadPolicy& policy,
                           std::optional<std::int64_t> expected_size, std::int64_t unary_message_max);

v1::InitiateUploadResponse to_initiated(const UploadView& view, const v1::UploadLimits& limits);
/// Of an upload whose bytes came with the request: it is COMPLETED.
v1::InitiateUploadResponse to_initiated(const PutWholeAnswer& answer, const v1::UploadLimits& limits);

v1::UploadStatus to_status(const UploadView& view);
/// As in lists: which chunks there are, and when an open upload would expire, is not told.
v1::UploadStatus to_status(const UploadRow& row);

v1::UploadChunkResponse to_chunk_response(const PartAnswer& answer);
v1::CompleteUploadResponse to_complete_response(const CompleteAnswer& answer);
v1::CancelUploadResponse to_cancel_response(const UploadView& view);

/// `bucket`: where the node's drive keeps its objects; "" for a folder.
v1::Node to_message(const Node& node, const std::string& bucket);

}  // namespace longshore
