#include "coordinator/purge_try.h"

#include <utility>

#include "coordinator/lease_keeper.h"

namespace longshore {
namespace {

constexpr int kOperationsAtOnce = 1000;  // of one node; the rest is found by the next round

// True once no operation of the node has an object at the store any more.
Task<bool> delete_objects(Steps steps, NodeId node) {
  bool all = true;
  for (const Operation& op :
       co_await steps.ports().catalog.operations_of(std::move(node), kOperationsAtOnce)) {
    if (!op.result || op.object_deleted || op.kind == OperationKind::purge) continue;
    co_await steps.drive_of(op).store->delete_object(op.key);
    const LoadedOperation after = co_await steps.change(
        op.id, [&](const LoadedOperation& row) -> std::optional<Transition> {
          if (row.operation.object_deleted) return std::nullopt;
          Transition to{.operation = row.operation, .node = row.node};
          to.operation.object_deleted = true;
          to.operation.debts.delete_object = false;
          if (to.operation.debts.settled()) to.operation.look_again_at = row.now + steps.policy().retention;
          return to;
        });
    all = all && after.operation.object_deleted;
  }
  co_return all;
}

Task<void> purge_objects(Steps steps, UploadId purge, AttemptId attempt) {
  while (!co_await delete_objects(steps, node_of(purge))) {
  }
  co_await steps.change(purge, [&](const LoadedOperation& row) -> std::optional<Transition> {
    if (!is_held_by(row.operation, attempt)) return std::nullopt;
    return complete_purge(row.operation, row.node, row.now, steps.policy());
  });
}

}  // namespace

Task<void> run_purge(Steps steps, UploadId purge, AttemptId attempt) {
  LeaseKeeper lease{steps, purge, attempt};
  co_await lease.guard(purge_objects(steps, purge, attempt));
}

Task<void> purge_soon(Steps steps, UploadId purge, AttemptId attempt) {
  try {
    co_await run_purge(steps, purge, std::move(attempt));
  } catch (const Error& error) {
    steps.report("purge " + purge.str(), error.message());
  }
}

}  // namespace longshore
