#include <utility>

#include "front/http/exchange.h"
#include "front/http/handlers.h"

namespace longshore::http {

Task<void> get_node(Exchange& exchange) {
  v1::GetNodeRequest message;
  message.set_node_id(exchange.parameter("node_id"));
  const v1::Node node = co_await exchange.public_calls().node(std::move(message));
  co_await exchange.send_json(200, node);
}

Task<void> delete_node(Exchange& exchange) {
  v1::DeleteNodeRequest message;
  exchange.read_query(message);
  message.set_node_id(exchange.parameter("node_id"));
  const v1::Node node = co_await exchange.public_calls().delete_node(exchange.caller(), std::move(message));
  co_await exchange.send_json(200, node);
}

Task<void> list_nodes(Exchange& exchange) {
  v1::ListNodesRequest message;
  exchange.read_query(message);
  const v1::ListNodesResponse answer = co_await exchange.public_calls().list_nodes(std::move(message));
  co_await exchange.send_json(200, answer);
}

}  // namespace longshore::http
