#include "front/common/public_calls.h"

#include <algorithm>
#include <utility>

#include "front/common/checks.h"
#include "front/common/decode.h"
#include "front/common/encode.h"
#include "front/common/memory_body.h"

namespace longshore {
namespace {

/// A page of a list ends behind so many bytes, though more rows were asked for: many answers have to lie in
/// memory until they are taken, and rows may be 8 KiB each.
constexpr std::size_t kPageBytes = 64 * 1024;
constexpr int kRowsAtOnce = 20;  // between two looks at how many there are

/// `fetch` asks for the rows of `query`, adds them to `answer` and gives the next page's token.
template <class Query, class Answer, class Fetch>
Task<void> fill_page(Query query, Answer& answer, Fetch fetch) {
  int left = query.page_size;
  do {
    query.page_size = std::min(left, kRowsAtOnce);
    query.page_token = co_await fetch(query);
    left -= query.page_size;
  } while (left > 0 && !query.page_token.empty() && answer.ByteSizeLong() < kPageBytes);
  answer.set_next_page_token(query.page_token);
}

}  // namespace

v1::UploadLimits PublicCalls::limits(const StoreLimits& limits,
                                     std::optional<std::int64_t> expected_size) const {
  return to_limits(limits, coordinator_.policy(), expected_size, unary_message_max_);
}

Task<v1::InitiateUploadResponse> PublicCalls::initiate_upload(Caller caller,
                                                              v1::InitiateUploadRequest message) const {
  InitiateRequest request = to_request(message);
  if (!message.payload().empty()) {
    co_return co_await store_payload(std::move(caller), std::move(request),
                                     std::move(*message.mutable_payload()));
  }
  const UploadView view = co_await coordinator_.initiate(std::move(caller), std::move(request));
  co_return to_initiated(view, limits(view.limits, view.operation.expected.size));
}

Task<v1::InitiateUploadResponse> PublicCalls::store_payload(Caller caller, InitiateRequest request,
                                                            std::string payload) const {
  const StoreLimits store_limits = coordinator_.drive(request.drive).limits;
  PutWholeRequest whole;
  whole.initiate = std::move(request);
  MemoryBody body(std::move(payload));
  const PutWholeAnswer answer = co_await coordinator_.put_object(std::move(caller), std::move(whole), body);
  co_return to_initiated(answer, limits(store_limits, answer.operation.expected.size));
}

Task<v1::CancelUploadResponse> PublicCalls::cancel_upload(Caller caller,
                                                          v1::CancelUploadRequest message) const {
  UploadRef ref = to_upload_ref(message.node_id(), message.upload_id());
  std::string reason = to_reason(message.reason());
  const UploadView view = co_await coordinator_.cancel(std::move(caller), std::move(ref), std::move(reason));
  co_return to_cancel_response(view);
}

Task<v1::UploadStatus> PublicCalls::upload_status(v1::GetUploadStatusRequest message) const {
  const UploadView view = co_await coordinator_.status(to_upload_ref(message.node_id(), message.upload_id()));
  co_return to_status(view);
}

Task<v1::ListUploadsResponse> PublicCalls::list_uploads(v1::ListUploadsRequest message) const {
  v1::ListUploadsResponse answer;
  const auto fetch = [this, &answer](const UploadQuery& query) { return add_uploads(query, answer); };
  co_await fill_page(to_query(message), answer, fetch);
  co_return answer;
}

Task<std::string> PublicCalls::add_uploads(UploadQuery query, v1::ListUploadsResponse& answer) const {
  const UploadListing listing = co_await coordinator_.list_uploads(std::move(query));
  for (const UploadRow& row : listing.uploads) *answer.add_uploads() = to_status(row);
  co_return listing.next_page_token;
}

v1::UploadLimits PublicCalls::upload_limits(const v1::GetUploadLimitsRequest& message) const {
  const LimitsQuestion question = to_question(message);
  return limits(coordinator_.drive(question.drive).limits, question.expected_size);
}

Task<v1::Node> PublicCalls::node(v1::GetNodeRequest message) const {
  const Node node = co_await coordinator_.node(checks::node_id("node_id", message.node_id()));
  co_return to_node(node);
}

Task<v1::Node> PublicCalls::delete_node(Caller caller, v1::DeleteNodeRequest message) const {
  NodeId id = checks::node_id("node_id", message.node_id());
  std::string reason = to_reason(message.reason());
  const Node node = co_await coordinator_.remove(std::move(caller), std::move(id), message.purge(),
                                                 std::move(reason));
  co_return to_node(node);
}

Task<v1::ListNodesResponse> PublicCalls::list_nodes(v1::ListNodesRequest message) const {
  v1::ListNodesResponse answer;
  const auto fetch = [this, &answer](const NodeQuery& query) { return add_nodes(query, answer); };
  co_await fill_page(to_query(message), answer, fetch);
  co_return answer;
}

Task<std::string> PublicCalls::add_nodes(NodeQuery query, v1::ListNodesResponse& answer) const {
  const NodePage page = co_await coordinator_.list_nodes(std::move(query));
  for (const Node& node : page.nodes) *answer.add_nodes() = to_node(node);
  co_return page.next_page_token;
}

v1::Node PublicCalls::to_node(const Node& node) const {
  std::string bucket;
  try {
    bucket = coordinator_.drive(node.drive).store->capabilities().bucket;
  } catch (const Error&) {  // the drive is not configured any more; the node is shown all the same
  }
  return to_message(node, bucket);
}

}  // namespace longshore
