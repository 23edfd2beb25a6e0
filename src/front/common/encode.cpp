#include "front/common/encode.h"

#include <utility>

namespace longshore {
namespace {

constexpr const char* kHashType = "SHA256_BASE64";

v1::UploadState to_state(OperationState state, bool has_parts) {
  switch (state) {
    case OperationState::open:
      return has_parts ? v1::UPLOADING : v1::PENDING;
    case OperationState::completing:
      return v1::COMPLETING;
    case OperationState::completed:
      return v1::COMPLETED;
    case OperationState::failed:
      return v1::FAILED;
    case OperationState::cancelled:
      return v1::CANCELLED;
    case OperationState::expired:
      return v1::EXPIRED;
  }
  return v1::UPLOAD_STATE_UNSPECIFIED;
}

v1::Node::State to_state(NodeState state) {
  switch (state) {
    case NodeState::active:
      return v1::Node::ACTIVE;
    case NodeState::pending:
      return v1::Node::PENDING;
    case NodeState::cancelled:
      return v1::Node::CANCELLED;
    case NodeState::failed:
      return v1::Node::FAILED;
    case NodeState::expired:
      return v1::Node::EXPIRED;
    case NodeState::deleted:
      return v1::Node::DELETED;
  }
  return v1::Node::STATE_UNSPECIFIED;
}

std::string to_base64(std::optional<std::uint32_t> crc) {
  return crc ? crc32c_to_base64(*crc) : std::string();
}

template <class Repeated>
void set_ranges(Repeated& out, const std::vector<ChunkRange>& ranges) {
  for (const ChunkRange& range : ranges) {
    v1::ChunkRange& added = *out.Add();
    added.set_first(range.first.value());
    added.set_last(range.last.value());
  }
}

/// What the row alone tells.
v1::InitiateUploadResponse initiated(const Operation& operation, bool has_parts,
                                     const v1::UploadLimits& limits) {
  v1::InitiateUploadResponse response;
  response.set_node_id(operation.node.str());
  response.set_upload_id(operation.id.str());
  response.set_state(to_state(operation.state, has_parts));
  response.set_created_at_epoch_ms(epoch_ms(operation.created_at));
  response.set_is_update(operation.is_update);
  response.set_previous_upload_id(operation.replaced.str());
  *response.mutable_limits() = limits;
  return response;
}

}  // namespace

v1::UploadLimits to_limits(const StoreLimits& limits, const UploadPolicy& policy,
                           std::optional<std::int64_t> expected_size, std::int64_t unary_message_max) {
  v1::UploadLimits message;
  message.set_recommended_chunk_size(recommended_part_bytes(expected_size, limits, unary_message_max));
  message.set_min_chunk_size(limits.part_bytes_min);
  message.set_max_chunk_size(limits.part_bytes_max);
  message.set_max_chunks(limits.parts_max);
  message.set_max_object_size(object_bytes_reachable(limits));
  message.set_max_concurrent_chunks(policy.parts_in_flight_per_upload);
  message.set_single_put_threshold(limits.single_put_threshold);
  message.set_max_unary_message(unary_message_max);
  message.set_equal_chunks(limits.equal_parts);
  return message;
}

v1::InitiateUploadResponse to_initiated(const UploadView& view, const v1::UploadLimits& limits) {
  v1::InitiateUploadResponse response = initiated(view.operation, view.ledger.received > 0, limits);
  response.set_previous_version_id(view.previous_version_id);
  if (!has_ended(view.operation.state)) response.set_expires_at_epoch_ms(epoch_ms(view.expires_at));
  return response;
}

v1::InitiateUploadResponse to_initiated(const PutWholeAnswer& answer, const v1::UploadLimits& limits) {
  v1::InitiateUploadResponse response = initiated(answer.operation, false, limits);
  response.set_previous_version_id(answer.node.previous_version_id);
  return response;
}

v1::UploadStatus to_status(const UploadRow& row) {
  const Operation& operation = row.operation;
  v1::UploadStatus status;
  status.set_node_id(operation.node.str());
  status.set_upload_id(operation.id.str());
  status.set_state(to_state(operation.state, row.ledger.received > 0));
  status.set_kind(std::string(to_string(operation.kind)));
  status.set_connector_id(operation.connector.str());
  status.set_name(operation.attributes.name);
  status.set_bytes_uploaded(row.ledger.bytes);
  status.set_chunks_received(row.ledger.received);
  status.set_total_bytes(operation.expected.size.value_or(0));
  status.set_updated_at_epoch_ms(epoch_ms(operation.updated_at));
  if (!has_ended(operation.state)) status.set_expires_at_epoch_ms(epoch_ms(row.expires_at));
  status.set_error_code(operation.error_code);
  status.set_error_message(operation.error_message);
  if (operation.result) {
    const StoredObject& object = *operation.result;
    status.set_total_bytes(object.size);
    status.set_etag(object.etag.str());
    status.set_version_id(object.version_id);
    status.set_crc32c(to_base64(object.crc32c));
    status.set_sha256(object.sha256_base64);
  }
  if (operation.object_deleted) {
    status.set_error_code(std::string(to_string(Reason::not_found)));
    status.set_error_message("its object has been deleted");
  }
  return status;
}

v1::UploadStatus to_status(const UploadView& view) {
  v1::UploadStatus status = to_status(static_cast<const UploadRow&>(view));
  set_ranges(*status.mutable_missing_chunks(), view.missing);
  set_ranges(*status.mutable_received_chunks(), view.received);
  return status;
}

v1::UploadChunkResponse to_chunk_response(const PartAnswer& answer) {
  v1::UploadChunkResponse response;
  response.set_node_id(node_of(answer.upload).str());
  response.set_job_id(answer.upload.str());
  response.set_state(to_state(answer.state, true));
  response.set_bytes_uploaded(answer.bytes_uploaded);
  response.set_chunk_number(answer.chunk.value());
  response.set_crc32c(to_base64(answer.crc32c));
  response.set_is_file_complete(answer.state == OperationState::completed);
  if (!answer.file_sha256_base64.empty()) {
    response.set_file_sha(answer.file_sha256_base64);
    response.set_hash_type(kHashType);
  }
  return response;
}

v1::CompleteUploadResponse to_complete_response(const CompleteAnswer& answer) {
  v1::CompleteUploadResponse response;
  response.set_node_id(node_of(answer.upload).str());
  response.set_state(to_state(answer.state, true));
  response.set_size(answer.object.size);
  response.set_etag(answer.object.etag.str());
  response.set_version_id(answer.object.version_id);
  response.set_crc32c(to_base64(answer.object.crc32c));
  response.set_sha256(answer.object.sha256_base64);
  set_ranges(*response.mutable_missing_chunks(), answer.missing);
  return response;
}

v1::CancelUploadResponse to_cancel_response(const UploadView& view) {
  v1::CancelUploadResponse response;
  response.set_success(true);
  response.set_state(to_state(view.operation.state, view.ledger.received > 0));
  response.set_message("The upload is cancelled.");
  return response;
}

v1::Node to_message(const Node& node, const std::string& bucket) {
  const Attributes& attributes = node.attributes;
  v1::Node message;
  message.set_node_id(node.id.str());
  message.set_connector_id(node.connector.str());
  message.set_name(attributes.name);
  message.set_path(attributes.path);
  message.set_parent_id(attributes.parent_id);
  message.set_mime_type(attributes.mime_type);
  message.set_size(node.object.size);
  message.set_state(to_state(node.state));
  message.set_drive(node.drive.str());
  message.set_bucket(bucket);
  message.set_s3_key(node.key.str());
  message.set_etag(node.object.etag.str());
  message.set_version_id(node.object.version_id);
  message.set_previous_version_id(node.previous_version_id);
  message.set_crc32c(to_base64(node.object.crc32c));
  message.set_sha256(node.object.sha256_base64);
  message.set_storage_class(attributes.storage_class);
  message.set_created_at_epoch_ms(epoch_ms(node.created_at));
  message.set_updated_at_epoch_ms(epoch_ms(node.updated_at));
  message.set_operation(node.open_operation.str());
  for (const auto& [key, value] : attributes.metadata) (*message.mutable_metadata())[key] = value;
  for (const auto& [key, value] : attributes.tags) (*message.mutable_tags())[key] = value;
  return message;
}

}  // namespace longshore
