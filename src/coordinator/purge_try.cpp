#include "coordinator/purge_try.h"

#include <utility>

#include "coordinator/lease_keeper.h"

namespace longshore {
namespace {

constexpr int kOperationsAtOnce = 100;

Task<void> delete_object_of(Steps steps, UploadId id) {
  const LoadedOperation loaded = co_await steps.load(id);
  const Operation& op = loaded.operation;
  if (!op.result || op.object_deleted || op.kind == OperationKind::purge) co_return;
  co_await steps.drive_of(op).store->delete_object(op.key);
  co_await steps.change(id, [&](const LoadedOperation& row) -> std::optional<Transition> {
    if (row.operation.object_deleted) return std::nullopt;
    Transition to{.operation = row.operation, .node = row.node};
    to.operation.object_deleted = true;
    to.operation.debts.delete_object = false;
    if (to.operation.debts.settled()) to.operation.look_again_at = row.now + steps.policy().retention;
    return to;
  });
}

Task<void> purge_objects(Steps steps, UploadId purge, AttemptId attempt) {
  const LoadedOperation loaded = co_await steps.load(purge);
  OperationQuery query{.node = loaded.node.id, .page_size = kOperationsAtOnce};
  do {
    OperationPage page = co_await steps.ports().catalog.operations_of(query);
    for (const Operation& op : page.operations)
      if (op.result && !op.object_deleted) co_await delete_object_of(steps, op.id);
    query.page_token = std::move(page.next_page_token);
  } while (!query.page_token.empty());
  co_await steps.change(purge, [&](const LoadedOperation& row) -> std::optional<Transition> {
    if (!is_held_by(row.operation, attempt)) return std::nullopt;
    return complete_purge(row.operation, row.node, row.now, steps.policy());
  });
}

}  // namespace

Task<void> run_purge(Steps steps, UploadId purge, AttemptId attempt, Time leased_at) {
  LeaseKeeper lease{steps, purge, attempt, leased_at};
  co_await lease.guard(purge_objects(steps, purge, attempt));
}

Task<void> purge_soon(Steps steps, UploadId purge, AttemptId attempt, Time leased_at) {
  try {
    co_await run_purge(steps, purge, std::move(attempt), leased_at);
  } catch (const Error& error) {
    steps.report("purge " + purge.str(), error.message());
  }
}

}  // namespace longshore
