#include <utility>

#include "front/common/checks.h"
#include "front/common/decode.h"
#include "front/common/encode.h"
#include "front/http/exchange.h"
#include "front/http/handlers.h"
#include "front/http/node_answers.h"

namespace longshore::http {
namespace {

NodeId id_of(const Exchange& exchange) { return checks::node_id("node_id", exchange.parameter("node_id")); }

}  // namespace

v1::Node node_message(const Coordinator& coordinator, const Node& node) {
  std::string bucket;
  try {
    bucket = coordinator.drive(node.drive).store->capabilities().bucket;
  } catch (const Error&) {  // the drive is not configured any more; the node is shown all the same
  }
  return to_message(node, bucket);
}

Task<void> get_node(Exchange& exchange) {
  const Node node = co_await exchange.coordinator().node(id_of(exchange));
  co_await exchange.send_json(200, node_message(exchange.coordinator(), node));
}

Task<void> delete_node(Exchange& exchange) {
  v1::DeleteNodeRequest message;
  exchange.read_query(message);
  const Node node = co_await exchange.coordinator().remove(exchange.caller(), id_of(exchange),
                                                           message.purge(), to_reason(message.reason()));
  co_await exchange.send_json(200, node_message(exchange.coordinator(), node));
}

Task<void> list_nodes(Exchange& exchange) {
  v1::ListNodesRequest message;
  exchange.read_query(message);
  const NodePage page = co_await exchange.coordinator().list_nodes(to_query(message));
  v1::ListNodesResponse answer;
  for (const Node& node : page.nodes) *answer.add_nodes() = node_message(exchange.coordinator(), node);
  answer.set_next_page_token(page.next_page_token);
  co_await exchange.send_json(200, answer);
}

}  // namespace longshore::http
