// Delete: the node is DELETED at once; with a purge its objects go too, by an operation like any other.
#include <utility>

#include "base/uuid.h"
#include "coordinator/purge_try.h"
#include "coordinator/steps.h"

namespace longshore {
namespace {

bool was_ever_active(const Node& node) {
  return node.state == NodeState::active || node.state == NodeState::deleted;
}

// An open upload is cancelled by the delete; one that is completing refuses it.
Task<void> cancel_open(Steps steps, const Node& node, std::string request_id) {
  const Ending ending{
      .state = OperationState::cancelled, .error_code = "CANCELLED", .message = "its node was deleted"};
  const LoadedOperation after = co_await steps.end(node.open_operation, ending, std::move(request_id));
  if (after.operation.state == OperationState::completing)
    throw Error{Reason::upload_completing,
                "an operation of this node is being completed; delete it afterwards",
                {.retry_after = std::chrono::seconds{2}}};
}

Operation purge_operation(const Node& node, const Operation& current, const Caller& caller) {
  Operation op;
  op.node = node.id;
  op.id = upload_id_of(node.id, node.operations + 1);
  op.kind = OperationKind::purge;
  op.connector = node.connector;
  op.drive = node.drive;
  op.key = current.key;
  op.attributes.name = node.attributes.name;
  op.request_id = caller.request_id;
  op.account_id = caller.account_id;
  return op;
}

Change change_of(Transition to, std::int64_t node_revision, bool with_operation) {
  Change change;
  change.node = NodeWrite{std::move(to.node), node_revision};
  if (with_operation) change.operations.push_back({std::move(to.operation), 0});
  change.events = std::move(to.events);
  return change;
}

}  // namespace

Task<Node> Coordinator::remove(Caller caller, NodeId id, bool purge, std::string reason) {
  Steps steps{*this};
  for (int tries = 0; tries < kChangeTries; ++tries) {
    auto loaded = co_await ports_.catalog.load_node(id);
    if (!loaded) throw Error{Reason::not_found, "there is no node with this id", {}, Outcome::absent};
    const Node& found = loaded->node;
    if (!found.open_operation.empty()) {
      const LoadedOperation open = co_await steps.load(found.open_operation);
      if (open.operation.kind == OperationKind::purge) co_return found;  // it is on its way out already
      co_await cancel_open(steps, found, caller.request_id);
      continue;
    }
    const bool done = found.state == NodeState::deleted && (!purge || found.purged);
    if (done || !was_ever_active(found)) co_return found;

    const LoadedOperation current = co_await steps.load(found.current.empty() ? found.latest : found.current);
    const std::int64_t revision = found.revision;
    Operation on_behalf = current.operation;
    on_behalf.request_id = caller.request_id;
    on_behalf.account_id = caller.account_id;
    if (!purge) {
      Transition to = remove_node(found, loaded->now, on_behalf, reason);
      if (co_await steps.try_commit(change_of(std::move(to), revision, false)) == true)
        co_return co_await node(id);
      continue;
    }
    const AttemptId attempt = steps.new_attempt();
    Operation op = purge_operation(found, current.operation, caller);
    const UploadId purge_id = op.id;
    const Time asked_at = steps.now();
    Transition to = begin_purge({std::move(op), ""}, found, loaded->now, attempt, reason);
    if (co_await steps.try_commit(change_of(std::move(to), revision, true)) != true) continue;
    co_await purge_soon(steps, purge_id, attempt, asked_at);
    co_return co_await node(id);
  }
  throw unavailable(Reason::catalog_unavailable, "the node changes too fast; try again", Outcome::retry);
}

}  // namespace longshore
