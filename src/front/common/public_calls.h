#pragma once

#include "longshore/v1/longshore.pb.h"

#include "coordinator/coordinator.h"

namespace longshore {

/// The public calls that are the same over every protocol: a message in, a message out. Streams, bytes of
/// chunks and what a protocol says beside its message stay in its front. Thread-safe; throws Error.
class PublicCalls {
 public:
  /// `unary_message_max` as in to_limits(). The coordinator must outlive it.
  PublicCalls(Coordinator& coordinator, std::int64_t unary_message_max)
      : coordinator_(coordinator), unary_message_max_(unary_message_max) {}

  /// With a payload: the whole object.
  Task<v1::InitiateUploadResponse> initiate_upload(Caller caller, v1::InitiateUploadRequest message) const;
  Task<v1::CancelUploadResponse> cancel_upload(Caller caller, v1::CancelUploadRequest message) const;
  Task<v1::UploadStatus> upload_status(v1::GetUploadStatusRequest message) const;
  /// This list and that of nodes: a page ends early behind 64 KiB of rows or somewhat more.
  Task<v1::ListUploadsResponse> list_uploads(v1::ListUploadsRequest message) const;
  [[nodiscard]] v1::UploadLimits upload_limits(const v1::GetUploadLimitsRequest& message) const;

  Task<v1::Node> node(v1::GetNodeRequest message) const;
  Task<v1::Node> delete_node(Caller caller, v1::DeleteNodeRequest message) const;
  Task<v1::ListNodesResponse> list_nodes(v1::ListNodesRequest message) const;

  /// With the bucket of its drive.
  [[nodiscard]] v1::Node to_node(const Node& node) const;

 private:
  [[nodiscard]] v1::UploadLimits limits(const StoreLimits& limits,
                                        std::optional<std::int64_t> expected_size) const;
  Task<v1::InitiateUploadResponse> store_payload(Caller caller, InitiateRequest request,
                                                 std::string payload) const;
  // Some rows of a list; the token of those that follow.
  Task<std::string> add_uploads(UploadQuery query, v1::ListUploadsResponse& answer) const;
  Task<std::string> add_nodes(NodeQuery query, v1::ListNodesResponse& answer) const;

  Coordinator& coordinator_;
  const std::int64_t unary_message_max_;
};

}  // namespace longshore
