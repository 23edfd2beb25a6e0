// Sessions may be lost at any moment; catalog and ListParts rebuild them.
#include <utility>

#include "coordinator/steps.h"

namespace longshore {

SessionInfo Steps::session_of(const Operation& op) const {
  const StoreLimits& limits = drive_of(op).limits;
  return {.upload = op.id,
          .drive = op.drive,
          .key = op.key,
          .store_upload = op.store_upload.value_or(StoreUploadId{}),
          .part_bytes_min = limits.part_bytes_min,
          .part_bytes_max = limits.part_bytes_max,
          .parts_max = limits.parts_max,
          .parts_in_flight_max = policy().parts_in_flight_per_upload,
          .chunk_size = op.expected.chunk_size,
          .expected_size = op.expected.size,
          .last = op.last};
}

// It is made closed: what is known of the row may be old, and beside a completion no part goes to the store.
// It opens once the row is seen to be OPEN after that. Where this is not reached, the next part does it.
Task<void> Steps::make_session(Operation op, bool list) {
  const AttemptId mark = new_mark(0);
  const bool created = co_await ports().sessions.create(session_of(op), mark);
  if (!created) co_return;
  if (list) {
    // After the session stands: what begins from now on has an attempt, and the list knows nothing of it.
    const auto standing = co_await ports().sessions.snapshot(op.id);
    if (standing) co_await merge_list(op, standing->now);
  }
  const LoadedOperation now = co_await load(op.id);
  if (now.operation.state == OperationState::open) co_await ports().sessions.reopen(op.id, mark);
}

Task<void> Steps::begin_session(const Operation& op) { co_await make_session(op, false); }

Task<void> Steps::rebuild_session(const LoadedOperation& loaded) {
  co_await make_session(loaded.operation, true);
}

// What a client sent beyond its last chunk was refused, and is none of the upload's, whatever the store has.
Task<std::vector<ListedPart>> Steps::list_parts(const Operation& op) {
  std::vector<ListedPart> parts = co_await drive_of(op).store->list_parts(op.key, *op.store_upload);
  if (op.last) std::erase_if(parts, [&](const ListedPart& part) { return chunk_of(part.number) > *op.last; });
  co_return parts;
}

Task<void> Steps::merge_list(const Operation& op, Time asked_at) {
  std::vector<ListedPart> parts = co_await list_parts(op);
  co_await ports().sessions.merge_listed(op.id, std::move(parts), asked_at);
}

void Steps::tell_last(LedgerSnapshot& ledger, const Operation& op) {
  if (!ledger.info.last) ledger.info.last = op.last;
}

Task<LedgerSnapshot> Steps::ledger(const LoadedOperation& loaded) {
  const UploadId& id = loaded.operation.id;
  auto found = co_await ports().sessions.snapshot(id);
  if (!found) {
    co_await rebuild_session(loaded);
    found = co_await ports().sessions.snapshot(id);
  }
  if (found) {
    tell_last(*found, loaded.operation);
    co_return std::move(*found);
  }
  // A tombstone of an operation that the catalog says is alive, or a store that loses what it was just given.
  throw unavailable(Reason::state_unavailable, "the upload's session cannot be rebuilt at this moment",
                    Outcome::retry);
}

Task<LedgerSnapshot> Steps::listed_ledger(const LoadedOperation& loaded) {
  const Operation& op = loaded.operation;
  LedgerSnapshot known = co_await ledger(loaded);
  if (known.now - known.listed_at < kListPause) co_return known;
  co_await merge_list(op, known.now);
  LedgerSnapshot merged = co_await ledger(loaded);
  if (merged.listed_at >= known.now) co_return merged;
  // It was lost meanwhile, and whoever rebuilds it is not there yet.
  co_await merge_list(op, merged.now);
  co_return co_await ledger(loaded);
}

}  // namespace longshore
