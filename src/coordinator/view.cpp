#include "coordinator/view.h"

#include <utility>

namespace longshore {
namespace {

void show_ledger(UploadView& view, const LedgerSnapshot& ledger) {
  view.ledger = summarize(ledger);
  view.received = received_chunks(ledger);
  const SessionInfo& info = ledger.info;
  const auto last = info.last ? info.last : last_by_sizes(info.chunk_size, info.expected_size);
  if (last || view.ledger.received > 0) view.missing = missing_chunks(ledger, last);
}

}  // namespace

LedgerSummary ended_with(const Operation& op) {
  return {.bytes = op.result ? op.result->size : op.received.bytes,
          .received = op.received.chunks.value_or(0)};
}

Task<UploadView> view_of(Steps steps, LoadedOperation loaded, bool list) {
  const Operation& op = loaded.operation;
  UploadView view;
  view.limits = steps.drive_of(op).limits;
  const Node& node = loaded.node;
  view.previous_version_id = node.current == op.id ? node.previous_version_id : node.object.version_id;
  std::optional<Time> active;
  view.ledger = ended_with(op);
  if (!has_ended(op.state) && op.store_upload) {
    // What is known first: a store that cannot be listed takes nothing away from it.
    try {
      LedgerSnapshot ledger = co_await steps.ledger(loaded);
      show_ledger(view, ledger);
      active = loaded.now - view.ledger.idle;
      if (list) {
        ledger = co_await steps.listed_ledger(loaded);
        show_ledger(view, ledger);
      }
    } catch (const Error& error) {
      steps.report("status of " + op.id.str(), error.message());
    }
  }
  view.expires_at = expires_at(op, active.value_or(op.created_at), steps.policy_of(op));
  view.operation = std::move(loaded.operation);
  co_return view;
}

}  // namespace longshore
