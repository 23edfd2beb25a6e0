#include "front/common/decode.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "base/encoding.h"
#include "front/common/checks.h"

namespace longshore {
namespace {

TextMap to_map(const google::protobuf::Map<std::string, std::string>& map) {
  return {map.begin(), map.end()};
}

std::optional<std::int64_t> size_of(std::string_view field, bool present, std::int64_t value) {
  if (!present) return std::nullopt;
  if (value < 0) throw invalid_field(field, std::string(field) + " must not be negative");
  return value;
}

void refuse_encryption(const v1::InitiateUploadRequest& message) {
  if (!message.has_encryption()) return;
  const v1::EncryptionOptions& asked = message.encryption();
  const bool names_something = asked.type() != v1::ENCRYPTION_TYPE_UNSPECIFIED ||
                               !asked.customer_key_b64().empty() || !asked.customer_key_md5().empty() ||
                               !asked.kms_key_id().empty() ||
                               asked.custody() != v1::EncryptionOptions::CUSTODY_UNSPECIFIED;
  if (names_something)
    throw invalid_field("encryption", "this release of the server has no encryption; leave the field out");
}

void refuse_customer_key(const std::string& key) {
  if (key.empty()) return;
  throw invalid_field("customer_key_b64",
                      "this release of the server has no encryption; leave the field out");
}

template <class Message>
PutPartRequest part_request(const Message& message, std::int64_t size) {
  refuse_customer_key(message.customer_key_b64());
  PutPartRequest request;
  request.ref = to_upload_ref(message.node_id(), message.upload_id());
  request.chunk = checks::chunk_number("chunk_number", message.chunk_number());
  request.size = size;
  request.last = message.is_last();
  request.crc32c = checks::crc32c("crc32c", message.crc32c());
  return request;
}

/// The same bytes for the same request, whatever order its maps came in.
std::string fingerprint(v1::InitiateUploadRequest message) {
  message.clear_idempotency_key();
  message.clear_want_upload_token();
  if (message.has_encryption()) message.mutable_encryption()->clear_customer_key_b64();
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  const Sha256Digest digest = sha256(bytes);
  return hex_encode(std::as_bytes(std::span(digest)));
}

Attributes to_attributes(const v1::InitiateUploadRequest& message) {
  Attributes attributes;
  attributes.name = checks::name("name", message.name());
  attributes.path = checks::path("path", message.path());
  attributes.parent_id = checks::text("parent_id", message.parent_id(), kNameBytesMax);
  attributes.mime_type = checks::mime_type("mime_type", message.mime_type());
  attributes.metadata = to_map(message.metadata());
  checks::metadata("metadata", attributes.metadata);
  attributes.tags = to_map(message.tags());
  checks::tags("tags", attributes.tags);
  attributes.storage_class = checks::storage_class("storage_class", message.storage_class());
  attributes.content_disposition = checks::header_value("content_disposition", message.content_disposition());
  attributes.cache_control = checks::header_value("cache_control", message.cache_control());
  return attributes;
}

Expectation to_expectation(const v1::InitiateUploadRequest& message) {
  Expectation expected;
  expected.size = size_of("expected_size", message.has_expected_size(), message.expected_size());
  expected.chunk_size = size_of("chunk_size", message.has_chunk_size(), message.chunk_size());
  expected.crc32c = checks::crc32c("expected_crc32c", message.expected_crc32c());
  expected.sha256_base64 = checks::sha256_base64("expected_sha256", message.expected_sha256());
  return expected;
}

}  // namespace

InitiateRequest to_request(const v1::InitiateUploadRequest& message) {
  refuse_encryption(message);
  if (message.want_upload_token()) {
    throw invalid_field("want_upload_token",
                        "this release of the server has no authentication, so no tokens to give");
  }
  InitiateRequest request;
  request.drive = checks::drive("drive", message.drive());
  request.connector = checks::connector_id("connector_id", message.connector_id());
  request.attributes = to_attributes(message);
  request.expected = to_expectation(message);
  if (!message.client_node_id().empty()) {
    request.client_node_id = checks::node_id("client_node_id", message.client_node_id());
  }
  request.fail_if_exists = message.fail_if_exists();
  request.by_name = message.by_name() || (request.fail_if_exists && request.client_node_id.empty());
  if (request.by_name && !request.client_node_id.empty()) {
    throw invalid_field(
        "by_name", "by_name and client_node_id contradict each other: each of them says which node is meant");
  }
  if (request.by_name && request.attributes.name.empty()) {
    throw invalid_field("name", "name must not be empty where the node is found by its name");
  }
  if (!message.idempotency_key().empty()) {
    request.idempotency_key = checks::idempotency_key("idempotency_key", message.idempotency_key());
    request.request_sha256_hex = fingerprint(message);
  }
  return request;
}

UploadRef to_upload_ref(std::string_view node_id, std::string_view upload_id) {
  UploadRef ref;
  if (!node_id.empty()) ref.node = checks::node_id("node_id", node_id);
  if (!upload_id.empty()) ref.upload = checks::upload_id("upload_id", upload_id);
  if (ref.node.empty() && ref.upload.empty())
    throw invalid_field("upload_id", "upload_id or node_id is needed");
  if (!ref.node.empty() && !ref.upload.empty() && node_of(ref.upload) != ref.node) {
    throw invalid_field("upload_id", "upload_id is not of this node_id; give one of the two");
  }
  return ref;
}

PutPartRequest to_request(const v1::UploadChunkRequest& message, std::int64_t size) {
  return part_request(message, size);
}

PutPartRequest to_request(const v1::UploadChunkStreamRequest::Header& message) {
  const auto size = size_of("size", message.has_size(), message.size());
  if (!size) throw Error{Reason::length_required, "the header of a chunk needs its size", {.field = "size"}};
  return part_request(message, *size);
}

CompleteRequest to_request(const v1::CompleteUploadRequest& message) {
  refuse_customer_key(message.customer_key_b64());
  CompleteRequest request;
  request.ref = to_upload_ref(message.node_id(), message.upload_id());
  if (message.has_total_chunks()) {
    if (message.total_chunks() > 0) checks::chunk_number("total_chunks", message.total_chunks() - 1);
    if (message.total_chunks() < 0) throw invalid_field("total_chunks", "total_chunks must not be negative");
    request.total_chunks = static_cast<std::int32_t>(message.total_chunks());
  }
  request.expected_sha256_base64 = checks::sha256_base64("expected_sha256", message.expected_sha256());
  request.expected_crc32c = checks::crc32c("expected_crc32c", message.expected_crc32c());
  return request;
}

UploadQuery to_query(const v1::ListUploadsRequest& message) {
  UploadQuery query;
  switch (message.state()) {
    case v1::UPLOAD_STATE_UNSPECIFIED:
      break;
    case v1::PENDING:
    case v1::UPLOADING:
      query.states = {OperationState::open};
      break;
    case v1::COMPLETING:
      query.states = {OperationState::completing};
      break;
    case v1::COMPLETED:
      query.states = {OperationState::completed};
      break;
    case v1::FAILED:
      query.states = {OperationState::failed};
      break;
    case v1::CANCELLED:
      query.states = {OperationState::cancelled};
      break;
    case v1::EXPIRED:
      query.states = {OperationState::expired};
      break;
    default:
      throw invalid_field("state", "state is not one of the names of UploadState");
  }
  if (!message.connector_id().empty())
    query.connector = checks::connector_id("connector_id", message.connector_id());
  if (message.older_than_epoch_ms() < 0)
    throw invalid_field("older_than_epoch_ms", "older_than_epoch_ms must not be negative");
  if (message.older_than_epoch_ms() > 0) query.created_before = from_epoch_ms(message.older_than_epoch_ms());
  query.page_size = checks::page_size("page_size", message.page_size());
  query.page_token = checks::page_token("page_token", message.page_token());
  return query;
}

NodeQuery to_query(const v1::ListNodesRequest& message) {
  NodeQuery query;
  switch (message.state()) {
    case v1::Node::STATE_UNSPECIFIED:
      break;
    case v1::Node::ACTIVE:
      query.state = NodeState::active;
      break;
    case v1::Node::PENDING:
      query.state = NodeState::pending;
      break;
    case v1::Node::CANCELLED:
      query.state = NodeState::cancelled;
      break;
    case v1::Node::FAILED:
      query.state = NodeState::failed;
      break;
    case v1::Node::EXPIRED:
      query.state = NodeState::expired;
      break;
    case v1::Node::DELETED:
      query.state = NodeState::deleted;
      break;
    default:
      throw invalid_field("state", "state is not one of the names of Node.State");
  }
  if (!message.connector_id().empty())
    query.connector = checks::connector_id("connector_id", message.connector_id());
  query.drive = checks::drive("drive", message.drive());
  query.path_prefix = checks::text("path_prefix", message.path_prefix(), kPathBytesMax);
  query.page_size = checks::page_size("page_size", message.page_size());
  query.page_token = checks::page_token("page_token", message.page_token());
  return query;
}

LimitsQuestion to_question(const v1::GetUploadLimitsRequest& message) {
  return {checks::drive("drive", message.drive()),
          size_of("expected_size", message.has_expected_size(), message.expected_size())};
}

std::string to_reason(std::string_view reason) { return checks::text("reason", reason, kReasonBytesMax); }

}  // namespace longshore
