#pragma once

#include <optional>
#include <string_view>

#include "longshore/v1/longshore.pb.h"

#include "coordinator/requests.h"

/// Public messages to the coordinator's requests, every field's form checked (front/common/checks.h). Fields
/// of what this server does not offer (encryption, upload tokens) are refused, never passed over. Pure;
/// throws Error.
namespace longshore {

/// All but the payload, which is a body. The request's SHA-256 is taken without idempotency_key,
/// customer_key_b64 and want_upload_token, so that a repeat compares equal.
InitiateRequest to_request(const v1::InitiateUploadRequest& message);

/// At least one of both must be there.
UploadRef to_upload_ref(std::string_view node_id, std::string_view upload_id);

/// The chunk's bytes are a body of `size` bytes; the message's own are not looked at.
PutPartRequest to_request(const v1::UploadChunkRequest& message, std::int64_t size);
/// Throws length_required without a size.
PutPartRequest to_request(const v1::UploadChunkStreamRequest::Header& message);
CompleteRequest to_request(const v1::CompleteUploadRequest& message);
UploadQuery to_query(const v1::ListUploadsRequest& message);
NodeQuery to_query(const v1::ListNodesRequest& message);

/// Whose limits are asked for.
struct LimitsQuestion {
  DriveName drive;
  std::optional<std::int64_t> expected_size;
};
LimitsQuestion to_question(const v1::GetUploadLimitsRequest& message);

/// Of a cancel or delete; for people, and for the event.
std::string to_reason(std::string_view reason);

}  // namespace longshore
