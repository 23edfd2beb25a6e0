// Reading nodes and their bytes.
#include <utility>

#include "coordinator/steps.h"

namespace longshore {
namespace {

Error no_such_version() {
  return Error{Reason::not_found, "this node has no such version, or it is gone", {}, Outcome::absent};
}

}  // namespace

Task<Node> Coordinator::node(NodeId id) {
  auto loaded = co_await ports_.catalog.load_node(std::move(id));
  if (!loaded) throw Error{Reason::not_found, "there is no node with this id", {}, Outcome::absent};
  co_return std::move(loaded->node);
}

Task<Node> Coordinator::node_by_name(DriveName name, ConnectorId connector, std::string path,
                                     std::string object) {
  const DriveName meant = drive(name).name;
  auto loaded = co_await ports_.catalog.load_node(node_id_by_name(meant, connector, path, object));
  if (!loaded) {
    throw Error{Reason::not_found,
                "connector " + connector.str() + " has no node of this path and name on drive " + meant.str(),
                {},
                Outcome::absent};
  }
  co_return std::move(loaded->node);
}

Task<NodePage> Coordinator::list_nodes(NodeQuery query) {
  co_return co_await ports_.catalog.list_nodes(std::move(query));
}

Task<Content> Coordinator::content(NodeId id, UploadId version) {
  Steps steps{*this};
  Content content;
  content.node = co_await node(std::move(id));
  if (content.node.state == NodeState::deleted)
    throw Error{Reason::node_deleted, "the node has been deleted"};
  const UploadId& meant = version.empty() ? content.node.current : version;
  if (meant.empty())
    throw Error{Reason::not_found, "the node has no object yet: its first upload is not complete"};
  if (node_of(meant) != content.node.id) throw no_such_version();
  auto loaded = co_await ports_.catalog.load(meant);
  if (!loaded || loaded->operation.state != OperationState::completed || !loaded->operation.result ||
      loaded->operation.object_deleted)
    throw no_such_version();
  content.version = std::move(loaded->operation);
  co_return content;
}

Task<std::unique_ptr<BodySource>> Coordinator::open_content(const Content& content,
                                                            std::optional<ByteRange> range) {
  const Operation& version = content.version;
  co_return co_await drive(version.drive).store->get(version.key, version.result->version_id, range);
}

}  // namespace longshore
