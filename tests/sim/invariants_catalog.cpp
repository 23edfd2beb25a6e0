// What the catalog's rows may become, and what must be true when they do.
#include <algorithm>

#include "domain/transitions.h"
#include "tests/fakes/checksum.h"
#include "tests/fakes/describe.h"
#include "tests/sim/invariants.h"

namespace longshore::sim {

namespace {

/// A whole set is completed by the sweep, if by nobody else, well before.
constexpr Millis kWholeIsCompleted = std::chrono::minutes{10};
/// How long a commit may be under way: what it says of the time is so old when it is seen.
constexpr Millis kCommitMayLag = std::chrono::minutes{2};

bool may_become(OperationState before, OperationState after) {
  using enum OperationState;
  if (before == after) return true;
  switch (before) {
    case open:
      return after != completed;
    case completing:
      return after == open || after == completed || after == failed;
    case completed:
    case failed:
    case cancelled:
    case expired:
      return false;
  }
  return false;
}

}  // namespace

void Invariants::look_at_catalog() {
  for (const auto& [id, row] : truth_.catalog.operations()) {
    const auto known = operations_.find(id);
    if (known == operations_.end()) {
      operation_changed(nullptr, row.operation);
      operations_.emplace(id, row.operation);
      continue;
    }
    known->second.look_again_at = row.operation.look_again_at;  // moved by claims
    if (known->second == row.operation) continue;
    operation_changed(&known->second, row.operation);
    known->second = row.operation;
  }
  for (auto known = operations_.begin(); known != operations_.end();) {
    if (truth_.catalog.operations().contains(known->first)) {
      ++known;
    } else {
      operation_gone(known->second);
      known = operations_.erase(known);
    }
  }
  for (const auto& [id, row] : truth_.catalog.nodes()) {
    const auto known = nodes_.find(id);
    if (known != nodes_.end() && known->second == row.node) continue;
    node_changed(known == nodes_.end() ? nullptr : &known->second, row.node);
    nodes_.insert_or_assign(id, row.node);
  }
  std::erase_if(nodes_, [this](const auto& entry) {
    if (truth_.catalog.nodes().contains(entry.first)) return false;
    if (!entry.second.current.empty())
      violated("I3", "the row of node " + entry.first.str() + " was dropped, and it has an object");
    return true;
  });
  look_at_closed_sessions();
  look_at_outbox();
  std::erase_if(unpublished_, [this](const std::string& id) {
    const auto& rows = truth_.catalog.outbox();
    const bool waits = std::ranges::any_of(rows, [&](const auto& row) { return row.second.event_id == id; });
    if (!waits && !published_.contains(id))
      violated("I4", "the row of event " + id + " is gone, and it was never published");
    return !waits;
  });
}

void Invariants::operation_changed(const Operation* before, const Operation& after) {
  if (before == nullptr) {
    if (!after.token.empty()) tokens_.insert(after.token.str());
    if (!keys_.emplace(after.key, after.id).second && after.kind != OperationKind::purge) {
      violated("I3", "operation " + after.id.str() + " writes to another one's key");
    }
    if (const Intent* intent = truth_.intents.of_request(after.request_id))
      truth_.intents.bind(after.id, *intent);
    if (after.kind == OperationKind::upload) owe(EventType::upload_initiated, after.node);
  } else if (!may_become(before->state, after.state)) {
    violated("I3", after.id.str() + " went from " + std::string(to_string(before->state)) + " to " +
                       std::string(to_string(after.state)));
  } else if (before->state == OperationState::completed && before->result != after.result) {
    violated("I2", "what the catalog says of the object of " + after.id.str() + " has changed");
  }
  const bool has_just_ended = has_ended(after.state) && (before == nullptr || before->state != after.state);
  if (has_just_ended) operation_ended(after);
}

void Invariants::operation_ended(const Operation& op) {
  if (!ends_.emplace(op.id, op.state).second) violated("I3", op.id.str() + " has ended twice");
  claims_.erase(op.id);
  if (op.kind != OperationKind::upload) {
    if (op.kind == OperationKind::purge && op.state == OperationState::completed)
      owe(EventType::document_deleted, op.node);
    return;
  }
  const auto node = nodes_.find(op.node);
  const bool was_active = node != nodes_.end() && node->second.state == NodeState::active;
  switch (op.state) {
    case OperationState::completed:
      owe(EventType::upload_completed, op.node);
      owe(was_active ? EventType::document_updated : EventType::document_created, op.node);
      check_completed(op);
      break;
    case OperationState::failed:
      owe(EventType::upload_failed, op.node);
      check_failed(op);
      break;
    case OperationState::expired:
      owe(EventType::upload_failed, op.node);
      check_expired(op);
      break;
    case OperationState::cancelled:
      owe(EventType::upload_failed, op.node);
      break;
    case OperationState::open:
    case OperationState::completing:
      break;
  }
}

void Invariants::check_completed(const Operation& op) {
  const fakes::FakeObject* object = store_of(op.drive).object(op.key);
  if (object == nullptr || !op.result) {
    violated("I2", op.id.str() + " is COMPLETED, and there is no object");
    return;
  }
  const Intent* intent = truth_.intents.of(op.id);
  if (intent == nullptr || !intent->accepts(object->bytes)) {
    violated("I2", op.id.str() + " is COMPLETED, and its object \"" + object->bytes +
                       "\" is not what was sent" +
                       (intent != nullptr ? ", \"" + intent->whole() + "\"" : ""));
  }
  const auto token = object->headers.user_metadata.find(kUploadTokenMetadata);
  if (token == object->headers.user_metadata.end() || token->second != op.token.str()) {
    violated("I2", op.id.str() + " is COMPLETED, and its object does not carry its token");
  }
  const StoredObject& result = *op.result;
  const bool right = result.size == std::ssize(object->bytes) && result.etag == object->etag &&
                     (result.version_id.empty() || result.version_id == object->version_id) &&
                     (!result.crc32c || *result.crc32c == fakes::crc32c_of(object->bytes));
  if (!right)
    violated("I2", "what the catalog says of the object of " + op.id.str() + " is not the object's own");
}

/// FAILED is only for what no retry can cure.
void Invariants::check_failed(const Operation& op) {
  const Intent* intent = truth_.intents.of(op.id);
  if (intent == nullptr || !intent->may_complete || meddled_.contains(op.key)) return;
  const fakes::FakeObjectStore& store = store_of(op.drive);
  if (op.store_upload && store.uploads().contains(*op.store_upload)) {
    violated("I3", op.id.str() + " is FAILED (" + op.error_message + "), and its parts are at the store");
  }
  const fakes::FakeObject* object = store.object(op.key);
  // (A single PUT without an answer may arrive between the look at its key and this.)
  if (object != nullptr && !op.single_put && intent->accepts(object->bytes)) {
    violated("I3", op.id.str() + " is FAILED (" + op.error_message + "), and its object is at the store");
  }
}

/// The last chunk is known, and all up to it are at the store.
bool Invariants::is_whole(const Operation& op) const {
  const Intent* intent = truth_.intents.of(op.id);
  if (!op.last || !op.store_upload || intent == nullptr || !intent->may_complete) return false;
  const fakes::FakeObjectStore& store = store_of(op.drive);
  // Checksums that were lost are not known again from such a store: only the client can mend that.
  if (op.expected.crc32c && !store.profile().lists_checksums) return false;
  for (ChunkIndex chunk{0}; chunk <= *op.last; chunk = ChunkIndex{chunk.value() + 1}) {
    const fakes::FakePart* part = store.part(*op.store_upload, part_of(chunk));
    if (part == nullptr) return false;
    if (chunk != *op.last && std::ssize(part->bytes) < store.profile().part_bytes_min) return false;
  }
  return true;
}

/// What is promised: never more than the store itself leaves to uploads.
UploadPolicy Invariants::policy_of(const Operation& op) const {
  UploadPolicy policy = truth_.profile.policy;
  const auto unfinished = store_of(op.drive).profile().unfinished_lifetime;
  policy.idle = std::min(policy.idle, unfinished.value_or(policy.idle));
  policy.lifetime = std::min(policy.lifetime, unfinished.value_or(policy.lifetime));
  return policy;
}

void Invariants::check_expired(const Operation& op) {
  const Time now = truth_.clock.now();
  Time seen = op.created_at;  // by the sweeper, when it decided
  Time last = op.created_at;
  for (const Time at : activity_[op.id]) {
    last = std::max(last, at);
    if (at + truth_.sweep_may_lag <= now) seen = std::max(seen, at);
  }
  // A store that is away takes nobody's time; one that refuses does.
  const Profile& world = truth_.profile;
  const bool refused = world.store.refused > 0 || world.outage == Outage::forbidden ||
                       std::ranges::any_of(world.drives,
                                           [](const auto& drive) { return drive.over_quota > 0; });
  const Millis patience = refused ? kWholeIsCompleted : truth_.sweep_may_lag;
  if (is_whole(op) && now > last + patience && now < op.created_at + policy_of(op).lifetime) {
    violated("liveness", op.id.str() + " is EXPIRED although all of it had been there for long");
  }
  const UploadPolicy policy = policy_of(op);
  if (now < std::min(seen + policy.idle, op.created_at + policy.lifetime)) {
    violated("I1", op.id.str() + " is EXPIRED although bytes came " + std::to_string((now - seen).count()) +
                       " ms ago");
  }
}

void Invariants::operation_gone(const Operation& last) {
  if (!has_ended(last.state) || !last.debts.settled()) {
    violated("I5", "the row of " + last.id.str() + " was dropped before it was settled");
  }
}

void Invariants::node_changed(const Node* before, const Node& after) {
  if (!after.current.empty()) {
    const auto end = ends_.find(after.current);
    if (end == ends_.end() || end->second != OperationState::completed) {
      violated("I3",
               "node " + after.id.str() + " points to " + after.current.str() + ", which is not COMPLETED");
    }
  }
  if (after.state == NodeState::active && after.current.empty())
    violated("I3", "node " + after.id.str() + " is ACTIVE without an object");
  if (before == nullptr) return;
  if (before->state == NodeState::active && after.state == NodeState::deleted)
    owe(EventType::document_deleted, after.id);
  const bool replaced = !before->current.empty() && before->current != after.current && !after.purged;
  if (replaced)
    kept_.push_back(
        {after.id, before->drive, before->key, truth_.clock.now() + kReplacedKept - kCommitMayLag});
}

bool Invariants::is_settled() const { return what_is_not_settled().empty(); }

std::string Invariants::what_is_not_settled() const {
  for (const auto& [id, row] : truth_.catalog.operations()) {
    if (!has_ended(row.operation.state) || !row.operation.debts.settled())
      return fakes::describe(row.operation);
  }
  for (const auto& [id, row] : truth_.catalog.nodes()) {
    if (!row.node.open_operation.empty()) return fakes::describe(row.node);
  }
  if (!truth_.catalog.outbox().empty())
    return "outbox: " + fakes::describe(truth_.catalog.outbox().begin()->second);
  return "";
}

std::string Invariants::what_is_not_forgotten() const {
  for (const auto& [id, row] : truth_.catalog.operations()) {
    const Operation& op = row.operation;
    const bool has_object = op.result && !op.object_deleted;
    if (truth_.catalog.nodes().at(op.node).node.current != id && !has_object) return fakes::describe(op);
  }
  return "";
}

}  // namespace longshore::sim
