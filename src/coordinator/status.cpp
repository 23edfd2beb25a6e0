// Reading uploads: status, progress, list.
#include <utility>

#include "coordinator/completion_try.h"
#include "coordinator/view.h"

namespace longshore {
namespace {

bool looks_the_same(const UploadView& a, const UploadView& b) {
  return a.operation.state == b.operation.state && a.ledger.bytes == b.ledger.bytes &&
         a.ledger.received == b.ledger.received && a.operation.last == b.operation.last;
}

}  // namespace

Task<UploadView> Coordinator::status(UploadRef ref) {
  Steps steps{*this};
  LoadedOperation loaded = co_await steps.load(std::move(ref));
  UploadView view = co_await view_of(steps, loaded, true);
  // Whoever finds the set whole completes it, unless the store has refused that a moment ago.
  const Operation& row = loaded.operation;
  const bool refused = !row.error_code.empty() && row.updated_at + kWholeSetQuiet > loaded.now;
  if (view.operation.state == OperationState::open && view.ledger.whole && !refused) {
    CompletionTry completion{steps, view.operation.id, {}, Millis{0}};
    try {
      co_await completion.run(loaded.operation.request_id);
    } catch (const Error& error) {
      steps.report("completing " + view.operation.id.str(), error.message());
    }
    view = co_await view_of(steps, co_await steps.load(view.operation.id));
  }
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
  UploadPage page = co_await ports_.catalog.list_uploads(std::move(query));
  std::vector<UploadId> under_way;
  for (const Operation& op : page.uploads)
    if (!has_ended(op.state)) under_way.push_back(op.id);
  std::vector<std::optional<LedgerSummary>> ledgers;
  try {
    if (!under_way.empty()) ledgers = co_await ports_.sessions.summaries(std::move(under_way));
  } catch (const Error& error) {
    report_("list of uploads", error.message());
  }
  UploadListing listing{.uploads = {}, .next_page_token = std::move(page.next_page_token)};
  auto ledger = ledgers.begin();
  for (Operation& op : page.uploads) {
    LedgerSummary summary = ended_with(op);
    if (!has_ended(op.state) && ledger != ledgers.end()) summary = (ledger++)->value_or(LedgerSummary{});
    listing.uploads.push_back({std::move(op), summary});
  }
  co_return listing;
}

}  // namespace longshore
