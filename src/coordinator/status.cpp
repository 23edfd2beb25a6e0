// Reading uploads: status, progress, list.
#include <utility>

#include "coordinator/view.h"

namespace longshore {
namespace {

bool looks_the_same(const UploadView& a, const UploadView& b) {
  return a.operation.state == b.operation.state && a.ledger.bytes == b.ledger.bytes &&
         a.ledger.received == b.ledger.received && a.operation.last == b.operation.last;
}

// The sweep looks at it next, if not soon anyway: nobody need do this twice.
Task<void> hasten(Steps steps, const LoadedOperation& loaded) {
  const std::optional<Time> due = loaded.operation.look_again_at;
  if (due && *due <= loaded.now + kLookClaim) co_return;
  try {
    co_await steps.look_again(loaded.operation, loaded.now);
  } catch (const Error& error) {
    steps.report("completing " + loaded.operation.id.str(), error.message());
  }
}

}  // namespace

Task<UploadView> Coordinator::status(UploadRef ref) {
  Steps steps{*this};
  LoadedOperation loaded = co_await steps.load(std::move(ref));
  UploadView view = co_await view_of(steps, loaded, true);
  // Who finds the set whole has it completed, unless the store has refused that a moment ago: by the sweep,
  // for that may take minutes.
  const Operation& row = loaded.operation;
  const bool refused = !row.error_code.empty() && row.updated_at + kWholeSetQuiet > loaded.now;
  if (row.state == OperationState::open && view.ledger.whole && !refused) co_await hasten(steps, loaded);
  co_return view;
}

Task<UploadView> Coordinator::progress(UploadRef ref, UploadView seen, Millis patience) {
  Steps steps{*this};
  const Time give_up = steps.now() + patience;
  for (;;) {
    UploadView view = co_await view_of(steps, co_await steps.load(ref));
    if (!looks_the_same(view, seen) || has_ended(view.operation.state) || steps.now() >= give_up)
      co_return view;
    co_await steps.ports().timers.sleep_for(kProgressPause);
  }
}

Task<UploadListing> Coordinator::list_uploads(UploadQuery query) {
  const Steps steps{*this};
  UploadPage page = co_await ports_.catalog.list_uploads(std::move(query));
  std::vector<UploadId> under_way;
  for (const Operation& op : page.uploads)
    if (!has_ended(op.state)) under_way.push_back(op.id);
  std::vector<std::optional<LedgerSummary>> ledgers;
  Time now{};
  try {
    if (!under_way.empty()) {
      now = co_await ports_.catalog.now();
      ledgers = co_await ports_.sessions.summaries(std::move(under_way));
    }
  } catch (const Error& error) {
    report_("list of uploads", error.message());
  }
  UploadListing listing{.uploads = {}, .next_page_token = std::move(page.next_page_token)};
  auto ledger = ledgers.begin();
  for (Operation& op : page.uploads) {
    UploadRow row{.operation = {}, .ledger = ended_with(op)};
    if (!has_ended(op.state)) {
      Time active = op.created_at;
      if (ledger != ledgers.end()) {
        if (*ledger) {
          row.ledger = **ledger;
          active = now - row.ledger.idle;
        }
        ++ledger;
      }
      row.expires_at = expires_at(op, active, steps.policy_of(op));
    }
    row.operation = std::move(op);
    listing.uploads.push_back(std::move(row));
  }
  co_return listing;
}

}  // namespace longshore
