#include "front/grpc/methods.h"

#include <algorithm>
#include <string>

#include "longshore/v1/longshore.pb.h"

#include "front/common/public_calls.h"
#include "front/grpc/call.h"
#include "front/grpc/handlers.h"
#include "front/grpc/unary.h"

namespace longshore::grpc {
namespace {

const PublicCalls& calls(const Call& call) { return call.context().public_calls; }

Task<v1::CancelUploadResponse> cancel_upload(Call& call, v1::CancelUploadRequest request) {
  return calls(call).cancel_upload(call.caller(), std::move(request));
}
Task<v1::UploadStatus> get_upload_status(Call& call, v1::GetUploadStatusRequest request) {
  return calls(call).upload_status(std::move(request));
}
Task<v1::ListUploadsResponse> list_uploads(Call& call, v1::ListUploadsRequest request) {
  return calls(call).list_uploads(std::move(request));
}
Task<v1::UploadLimits> get_upload_limits(Call& call, v1::GetUploadLimitsRequest request) {
  co_return calls(call).upload_limits(request);
}
Task<v1::Node> get_node(Call& call, v1::GetNodeRequest request) {
  return calls(call).node(std::move(request));
}
Task<v1::Node> delete_node(Call& call, v1::DeleteNodeRequest request) {
  return calls(call).delete_node(call.caller(), std::move(request));
}
Task<v1::ListNodesResponse> list_nodes(Call& call, v1::ListNodesRequest request) {
  return calls(call).list_nodes(std::move(request));
}

Task<void> in_a_later_release(Call& call) {
  throw Error{Reason::method_not_allowed, "this release of the server has no " + call.head().path.substr(1)};
  co_return;
}

std::vector<Method> make_methods() {
  return {
      {"/longshore.v1.UploadService/InitiateUpload", initiate_upload},
      {"/longshore.v1.UploadService/UploadChunk", upload_chunk},
      {"/longshore.v1.UploadService/UploadChunkStream", upload_chunk_stream},
      {"/longshore.v1.UploadService/CompleteUpload", complete_upload},
      {"/longshore.v1.UploadService/CancelUpload",
       unary<v1::CancelUploadRequest, v1::CancelUploadResponse, cancel_upload>},
      {"/longshore.v1.UploadService/GetUploadStatus",
       unary<v1::GetUploadStatusRequest, v1::UploadStatus, get_upload_status>},
      {"/longshore.v1.UploadService/StreamUploadProgress", stream_upload_progress},
      {"/longshore.v1.UploadService/ListUploads",
       unary<v1::ListUploadsRequest, v1::ListUploadsResponse, list_uploads>},
      {"/longshore.v1.UploadService/GetUploadLimits",
       unary<v1::GetUploadLimitsRequest, v1::UploadLimits, get_upload_limits>},
      {"/longshore.v1.NodeService/GetNode", unary<v1::GetNodeRequest, v1::Node, get_node>},
      {"/longshore.v1.NodeService/ListNodes", unary<v1::ListNodesRequest, v1::ListNodesResponse, list_nodes>},
      {"/longshore.v1.NodeService/DeleteNode", unary<v1::DeleteNodeRequest, v1::Node, delete_node>},
      {"/longshore.v1.NodeService/ListVersions", in_a_later_release},
      {"/longshore.v1.NodeService/RollbackNode", in_a_later_release},
      {"/longshore.v1.NodeService/RotateEncryption", in_a_later_release},
      {"/grpc.health.v1.Health/Check", check_health},
      {"/grpc.health.v1.Health/Watch", watch_health},
      {"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", reflect},
      {"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", reflect},
  };
}

}  // namespace

const std::vector<Method>& methods() {
  static const std::vector<Method> all = make_methods();
  return all;
}

const Method& find_method(std::string_view path) {
  const auto found = std::ranges::find(methods(), path, &Method::path);
  if (found == methods().end()) throw Error{Reason::method_not_allowed, "this server has no such method"};
  return *found;
}

}  // namespace longshore::grpc
