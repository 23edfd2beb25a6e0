#include "tests/sim/invariants.h"

#include <algorithm>

namespace longshore::sim {

void Invariants::violated(const std::string& invariant, const std::string& what) {
  if (!violation_) violation_ = invariant + ": " + what;
}

void Invariants::look(const fakes::CallSite& site) {
  constexpr std::string_view kOnlyReads[] = {
      "load",         "load_node", "now",  "find_idempotency", "count_open", "list_uploads", "operations_of",
      "claim_outbox", "snapshot",  "head", "list_parts",       "get"};
  if (std::ranges::find(kOnlyReads, site.call) != std::end(kOnlyReads)) return;
  if (site.port == "catalog") {
    look_at_catalog();
  } else if (site.port == "sessions") {
    look_at_sessions();
  } else if (site.port == "store") {
    look_at_stores();
  } else {
    look_at_sink();
  }
}

// What clients were told

void Invariants::part_sent(const UploadId& upload, ChunkIndex chunk) {
  Claim& claim = claims_[upload][chunk];
  ++claim.tries;
  claim.acknowledged_at.reset();
}

void Invariants::part_acknowledged(const UploadId& upload, ChunkIndex chunk, std::int64_t bytes_uploaded) {
  claims_[upload][chunk].acknowledged_at = truth_.clock.now();
  const Intent* intent = truth_.intents.of(upload);
  if (intent != nullptr && bytes_uploaded > std::ssize(intent->whole())) {
    violated("I2", "upload " + upload.str() + " is told to hold " + std::to_string(bytes_uploaded) +
                       " bytes, which are more than were ever sent");
  }
  look_at_stores();
}

void Invariants::chunks_named_missing(const UploadId& upload, const std::vector<ChunkRange>& missing,
                                      Time asked_at) {
  const auto claims = claims_.find(upload);
  const auto op = operations_.find(upload);
  if (claims == claims_.end() || op == operations_.end()) return;
  const fakes::FakeObjectStore& store = store_of(op->second.drive);
  for (auto& [chunk, claim] : claims->second) {
    const bool named = std::ranges::any_of(
        missing, [c = chunk](const ChunkRange& r) { return r.first <= c && c <= r.last; });
    if (!named || !claim.acknowledged_at || *claim.acknowledged_at >= asked_at) continue;
    const bool is_there = op->second.store_upload &&
                          store.part(*op->second.store_upload, part_of(chunk)) != nullptr;
    const bool was_sent_once = claim.tries == 1 && !was_put_again(op->second, chunk);
    const bool nobody_interfered = was_sent_once && !meddled_.contains(op->second.key);
    if (is_there && nobody_interfered && store.profile().list_lag == Millis{0}) {
      violated("I1", "chunk " + std::to_string(chunk.value()) + " of " + upload.str() +
                         " was acknowledged and is at the store, but is named as missing");
    }
    claim.acknowledged_at.reset();
  }
}

void Invariants::said_completed(const UploadId& upload) {
  const auto end = ends_.find(upload);
  if (end == ends_.end() || end->second != OperationState::completed) {
    violated("I3", "a client was told that " + upload.str() + " is COMPLETED, and it is not");
  }
}

void Invariants::said_cancelled(const UploadId& upload) {
  const auto end = ends_.find(upload);
  if (end == ends_.end() || end->second != OperationState::cancelled) {
    violated("I3", "a client was told that " + upload.str() + " is CANCELLED, and it is not");
  }
}

void Invariants::content_read(const UploadId& upload, const std::string& bytes) {
  const Intent* intent = truth_.intents.of(upload);
  if (intent == nullptr || !intent->accepts(bytes)) {
    violated("I2", "what was read of " + upload.str() + " is not what was sent: \"" + bytes + "\"");
  }
}

// What servers do

void Invariants::acknowledged_to_drainer(const OutboxRow& row) {
  Told& told = told_[row.event.node];
  told.acknowledged = std::max(told.acknowledged, row.sequence);
}

void Invariants::reported(std::string_view what, const std::string& detail) {
  for (const std::string& token : tokens_) {
    if (what.find(token) != std::string_view::npos || detail.find(token) != std::string::npos) {
      violated("I6", "a report holds an upload's token: " + std::string(what) + ": " + detail);
    }
  }
}

void Invariants::memory_in_use(std::int64_t bytes, std::int64_t budget) {
  if (bytes > budget)
    violated("I7",
             std::to_string(bytes) + " bytes of buffers are in use, " + std::to_string(budget) + " allowed");
}

// Sessions

void Invariants::look_at_closed_sessions() {
  for (const auto& [upload, ledger] : truth_.sessions.sessions()) {
    if (!ledger.closed_by.empty()) continue;
    const auto op = operations_.find(upload);
    const bool completing = op != operations_.end() && op->second.state == OperationState::completing;
    if (completing && op->second.lease && op->second.lease->sent_at > Time{})
      violated("I2", upload.str() + " takes parts while its completion may be at the store");
  }
}

void Invariants::look_at_sessions() {
  look_at_closed_sessions();
  const Time now = truth_.sessions_clock.now();
  for (const auto& [upload, ledger] : truth_.sessions.sessions()) {
    std::vector<Time>& activity = activity_[upload];
    const Time last = truth_.clock.now() - (now - ledger.last_activity);
    if (activity.empty() || activity.back() < last) activity.push_back(last);
    for (const auto& [chunk, entry] : ledger.entries) {
      if (entry.receipt && entry.attempt && entry.attempt->until > now) {
        violated("I1", "chunk " + std::to_string(chunk.value()) + " of " + upload.str() +
                           " has a receipt while another try at it is under way");
      }
    }
  }
}

// Events

void Invariants::look_at_outbox() {
  const auto& rows = truth_.catalog.outbox();
  for (auto row = rows.upper_bound(last_row_); row != rows.end(); ++row) {
    last_row_ = row->first;
    check_row(row->second);
  }
  for (const auto& [type, node] : owed_) {
    violated("I4", "the change of node " + node.str() + " owes " + std::string(to_string(type)) +
                       ", and no row was written with it");
  }
  owed_.clear();
}

void Invariants::check_row(const OutboxRow& row) {
  const EventDraft& event = row.event;
  const auto owed = std::ranges::find(owed_, std::pair{event.type, event.node});
  if (owed == owed_.end()) {
    violated("I4", "nothing owes " + std::string(to_string(event.type)) + " of node " + event.node.str());
  } else {
    owed_.erase(owed);
  }
  Told& told = told_[event.node];
  if (row.sequence != told.written + 1 || row.timestamp <= told.last_at) {
    violated("I4", "the rows of node " + event.node.str() + " are not numbered in order");
  }
  told.written = row.sequence;
  told.last_at = row.timestamp;
  told.ids[row.sequence] = row.event_id;
  if (!unpublished_.insert(row.event_id).second) violated("I4", "two rows have the event id " + row.event_id);

  const EventFacts& facts = event.facts;
  reported("event", facts.s3_key + " " + facts.reason + " " + facts.error_code + " " + event.request_id);
}

void Invariants::look_at_sink() {
  const auto& publications = truth_.sink.published();
  for (; publications_seen_ < publications.size(); ++publications_seen_) {
    const OutboxRow& row = publications[publications_seen_];
    Told& told = told_[row.event.node];
    const std::string which = "row " + std::to_string(row.sequence) + " of node " + row.event.node.str();
    if (told.ids[row.sequence] != row.event_id)
      violated("I4", which + " was published under another event id");
    if (row.sequence > told.published) {
      if (row.sequence != told.published + 1 || told.acknowledged < row.sequence - 1) {
        violated("I4", which + " was published before an earlier one had been acknowledged");
      }
      told.published = row.sequence;
    }
    published_.insert(row.event_id);
  }
}

}  // namespace longshore::sim
