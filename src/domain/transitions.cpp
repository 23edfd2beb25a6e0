#include "domain/transitions.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/hash.h"

namespace longshore {
namespace {

EventDraft draft(EventType type, const Operation& op, EventFacts facts) {
  return {.type = type,
          .node = op.node,
          .connector = op.connector,
          .upload = op.id,
          .account_id = op.account_id,
          .request_id = op.request_id,
          .facts = std::move(facts)};
}

EventFacts object_facts(const Operation& op, const StoredObject& object, const std::string& bucket) {
  return {.s3_key = op.key.str(),
          .bucket = bucket,
          .size = object.size,
          .mime_type = op.attributes.mime_type,
          .content_hash = content_hash_of(object),
          .version_id = object.version_id,
          .etag = object.etag.str()};
}

NodeState node_state_after(OperationState ended) {
  switch (ended) {
    case OperationState::cancelled:
      return NodeState::cancelled;
    case OperationState::expired:
      return NodeState::expired;
    case OperationState::open:
    case OperationState::completing:
    case OperationState::completed:
    case OperationState::failed:
      break;
  }
  return NodeState::failed;
}

void end_row(Operation& op, OperationState state, Time now) {
  op.state = state;
  op.lease.reset();
  op.owner_until.reset();
  op.ended_at = now;
  op.updated_at = now;
}

void owe_aborts(Operation& op) {
  const auto owed = [&](const StoreUploadId& id) {
    return std::ranges::find(op.debts.aborts, id) != op.debts.aborts.end();
  };
  if (op.store_upload && !owed(*op.store_upload)) op.debts.aborts.push_back(*op.store_upload);
}

Transition unchanged_node(Operation op, Node node) {
  return {.operation = std::move(op), .node = std::move(node), .node_changed = false, .events = {}};
}

}  // namespace

std::string content_hash_of(const StoredObject& object) {
  if (!object.sha256_base64.empty()) return "sha256:" + object.sha256_base64;
  if (object.crc32c) return "crc32c:" + crc32c_to_base64(*object.crc32c);
  return "";
}

Time expires_at(const Operation& op, Time last_activity, const UploadPolicy& policy) {
  return std::min(std::max(last_activity, op.created_at) + policy.idle, op.created_at + policy.lifetime);
}

Transition begin_upload(NewOperation fresh, Node node, Time now, const AttemptId& single_put_attempt) {
  Operation& op = fresh.operation;
  op.created_at = op.updated_at = now;
  op.is_update = node.state == NodeState::active;
  op.replaced = node.current;
  if (op.single_put) {
    op.state = OperationState::completing;
    op.lease = Lease{.attempt = single_put_attempt, .until = now + kLease, .sent_at = now};
    op.look_again_at = now + kLease;
  } else {
    op.state = OperationState::open;
    op.creates_sent = 1;
    op.create_deadline = now + kCreateDeadline;
    op.look_again_at = op.owner_until ? *op.owner_until + kOwnerGone : op.create_deadline;
  }
  const bool was_there = node.state == NodeState::active || node.state == NodeState::deleted;
  if (node.revision == 0 || !was_there) {
    node.state = NodeState::pending;
    node.attributes = op.attributes;
  }
  if (node.revision == 0) node.created_at = now;
  node.updated_at = now;
  node.open_operation = op.id;
  node.latest = op.id;
  ++node.operations;
  EventDraft event = draft(EventType::upload_initiated, op,
                           {.s3_key = op.key.str(),
                            .expected_size = op.expected.size.value_or(0),
                            .mime_type = op.attributes.mime_type});
  return {.operation = std::move(op),
          .node = std::move(node),
          .node_changed = true,
          .events = {std::move(event)}};
}

Transition start_completing(Operation op, Node node, Time now, const AttemptId& attempt,
                            CompletionGoal goal) {
  op.state = OperationState::completing;
  op.lease = Lease{.attempt = attempt, .until = now + kLease, .sent_at = Time{}, .goal = std::move(goal)};
  op.error_code.clear();
  op.error_message.clear();
  op.look_again_at = now + kLease;
  op.updated_at = now;
  return unchanged_node(std::move(op), std::move(node));
}

Transition take_over(Operation op, Node node, Time now, const AttemptId& attempt) {
  if (!op.lease) op.lease = Lease{.attempt = attempt, .until = now, .sent_at = now};
  op.lease->attempt = attempt;
  op.lease->until = now + kLease;
  op.look_again_at = now + kLease;
  op.updated_at = now;
  return unchanged_node(std::move(op), std::move(node));
}

Transition renew_lease(Operation op, Node node, Time now) {
  if (op.lease) op.lease->until = now + kLease;
  op.look_again_at = now + kLease;
  return unchanged_node(std::move(op), std::move(node));
}

Transition mark_sent(Operation op, Node node, Time now) {
  if (op.lease) op.lease->sent_at = now;
  return renew_lease(std::move(op), std::move(node), now);
}

Transition mark_answered(Operation op, Node node, Time now, Time sent_before) {
  if (op.lease) op.lease->sent_at = sent_before;
  return renew_lease(std::move(op), std::move(node), now);
}

Transition reopen(Operation op, Node node, Time now, const Refusal& refusal) {
  op.state = OperationState::open;
  op.error_code = refusal.code;
  op.error_message = refusal.message;
  op.lease.reset();
  op.look_again_at = now + kWholeSetQuiet;
  op.updated_at = now;
  return unchanged_node(std::move(op), std::move(node));
}

Transition complete(Operation op, Node node, Time now, const StoredObject& object, const std::string& bucket,
                    Operation* replaced, const UploadPolicy& policy) {
  const bool was_active = node.state == NodeState::active;
  EventFacts facts = object_facts(op, object, bucket);
  std::vector<EventDraft> events;
  events.push_back(draft(EventType::upload_completed, op, facts));
  if (was_active) {
    facts.previous_version_id = node.object.version_id;
    facts.reason = "upload";
    events.push_back(draft(EventType::document_updated, op, facts));
  } else {
    events.push_back(draft(EventType::document_created, op, facts));
  }

  op.received = {.chunks = op.lease ? op.lease->goal.chunks : std::nullopt, .bytes = object.size};
  end_row(op, OperationState::completed, now);
  op.result = object;
  if (op.creates_sent > 1) op.debts.clean_list = true;
  if (!op.debts.settled()) op.debts.second_look_at = now + policy.orphan_age;
  const bool more_to_do = !op.debts.settled() ||
                          (policy.sha256_in_background && object.sha256_base64.empty());
  // A session that could not be dropped at once is dropped at the next look; a single PUT never had one.
  op.look_again_at = more_to_do ? now : op.single_put ? now + policy.retention : now + kWholeSetQuiet;

  if (replaced != nullptr) {
    replaced->debts.delete_object = true;
    replaced->debts.delete_not_before = now + kReplacedKept;
    replaced->look_again_at = std::min(replaced->look_again_at.value_or(Time::max()), now + kReplacedKept);
    replaced->updated_at = now;
  }

  node.previous_version_id = was_active ? node.object.version_id : "";
  node.state = NodeState::active;
  node.drive = op.drive;
  node.attributes = op.attributes;
  node.current = op.id;
  node.key = op.key;
  node.object = object;
  node.open_operation = UploadId{};
  node.purged = false;
  node.updated_at = now;
  return {
      .operation = std::move(op), .node = std::move(node), .node_changed = true, .events = std::move(events)};
}

Transition end_otherwise(Operation op, Node node, Time now, const Ending& ending,
                         const UploadPolicy& policy) {
  EventDraft event = draft(EventType::upload_failed, op,
                           {.s3_key = op.key.str(),
                            .reason = ending.message,
                            .error_code = ending.error_code,
                            .partial_chunks = ending.received.chunks.value_or(0),
                            .total_chunks = op.last ? op.last->value() + 1 : 0});
  owe_aborts(op);
  op.debts.clean_list = op.debts.clean_list || op.creates_sent > 1 ||
                        (op.creates_sent == 1 && !op.store_upload);
  op.debts.delete_object = true;
  // What a server sends late, and what its store does later still, is over by then.
  op.debts.second_look_at = std::max(now, op.lease ? op.lease->until : now) + policy.orphan_age;
  end_row(op, ending.state, now);
  op.received = ending.received;
  op.error_code = ending.error_code;
  op.error_message = ending.message;
  op.look_again_at = now;

  if (node.state == NodeState::pending) node.state = node_state_after(ending.state);
  node.open_operation = UploadId{};
  node.updated_at = now;
  return {.operation = std::move(op),
          .node = std::move(node),
          .node_changed = true,
          .events = {std::move(event)}};
}

Transition remove_node(Node node, Time now, const Operation& on_behalf, const std::string& reason) {
  EventDraft event = draft(EventType::document_deleted, on_behalf, {.reason = reason, .purged = false});
  node.state = NodeState::deleted;
  node.updated_at = now;
  return {
      .operation = on_behalf, .node = std::move(node), .node_changed = true, .events = {std::move(event)}};
}

Transition begin_purge(NewOperation fresh, Node node, Time now, const AttemptId& attempt,
                       const std::string& reason) {
  Operation& op = fresh.operation;
  op.created_at = op.updated_at = now;
  op.state = OperationState::completing;
  op.lease = Lease{.attempt = attempt, .until = now + kLease, .sent_at = now};
  op.look_again_at = now + kLease;
  op.reason = reason;
  std::vector<EventDraft> events;
  if (node.state != NodeState::deleted)
    events.push_back(draft(EventType::document_deleted, op, {.reason = reason, .purged = false}));
  node.state = NodeState::deleted;
  node.open_operation = op.id;  // `latest` stays an upload: what clients mean who name the node alone
  ++node.operations;
  node.updated_at = now;
  return {
      .operation = std::move(op), .node = std::move(node), .node_changed = true, .events = std::move(events)};
}

Transition complete_purge(Operation op, Node node, Time now, const UploadPolicy& policy) {
  EventDraft event = draft(EventType::document_deleted, op, {.reason = op.reason, .purged = true});
  end_row(op, OperationState::completed, now);
  op.look_again_at = now + policy.retention;
  node.open_operation = UploadId{};
  node.current = UploadId{};
  node.purged = true;
  node.updated_at = now;
  return {.operation = std::move(op),
          .node = std::move(node),
          .node_changed = true,
          .events = {std::move(event)}};
}

}  // namespace longshore
