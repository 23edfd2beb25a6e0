#include "decorators/measured_catalog.h"

#include <string_view>

namespace longshore {
namespace {

/// The uploads that a change begins or ends. Every beginning and every end has exactly one event of its own.
struct Milestones {
  int initiated = 0;
  std::vector<std::string_view> ended;  // their states
};

std::string_view state_after(const Change& change, const UploadId& upload) {
  for (const OperationWrite& write : change.operations) {
    if (write.operation.id == upload) return to_string(write.operation.state);
  }
  return to_string(OperationState::failed);
}

Milestones milestones_of(const Change& change) {
  Milestones milestones;
  for (const EventDraft& event : change.events) {
    if (event.type == EventType::upload_initiated) ++milestones.initiated;
    if (event.type == EventType::upload_completed || event.type == EventType::upload_failed) {
      milestones.ended.push_back(state_after(change, event.upload));
    }
  }
  return milestones;
}

}  // namespace

MeasuredCatalog::MeasuredCatalog(Catalog& catalog, Metrics& metrics) : catalog_(catalog), metrics_(metrics) {
  using enum OperationState;
  for (const OperationState state : {completed, failed, cancelled, expired}) {
    metrics.uploads_ended_total.show({to_string(state)});
  }
  show_errors(metrics.catalog_errors_total, Reason::catalog_unavailable);
}

Task<bool> MeasuredCatalog::commit(Change change) {
  const Milestones milestones = milestones_of(change);
  const bool committed = co_await counted(catalog_.commit(std::move(change)));
  if (committed) {
    if (milestones.initiated > 0) metrics_.uploads_initiated_total.add(milestones.initiated);
    for (const std::string_view state : milestones.ended) metrics_.uploads_ended_total.add({state});
  }
  co_return committed;
}

}  // namespace longshore
