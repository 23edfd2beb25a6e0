#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/event.h"
#include "domain/limits.h"
#include "domain/operation.h"
#include "domain/times.h"

/// The state machine (docs/ARCHITECTURE.md): what an operation and its node become, and the events that this
/// owes. Pure: time is an argument, and nothing is compared here; the catalog writes the result by
/// compare-and-set on both revisions.
///
///    OPEN ──start_completing──▶ COMPLETING ──complete──▶ COMPLETED
///     │  ▲                         │    └────end(failed)──▶ FAILED
///     │  └────────reopen───────────┘
///     └──end(cancelled | expired | failed)──▶ CANCELLED | EXPIRED | FAILED
namespace longshore {

/// A state change, ready to be committed: rows as they are to be, events in order.
struct Transition {
  Operation operation;
  Node node;
  bool node_changed = false;
  std::vector<EventDraft> events;
};

struct NewOperation {
  Operation operation;  // ids, kind, key, token, attributes, expectation, single_put filled in
  std::string bucket;
};

/// The first row of an upload: node (new, or taken up again) and operation, OPEN, or COMPLETING under
/// `attempt` for a single PUT.
Transition begin_upload(NewOperation fresh, Node node, Time now, const AttemptId& single_put_attempt);

Transition start_completing(Operation operation, Node node, Time now, const AttemptId& attempt,
                            CompletionGoal goal = {});
/// Another attempt takes an ended lease over; the time of the last sending stays.
Transition take_over(Operation operation, Node node, Time now, const AttemptId& attempt);
Transition renew_lease(Operation operation, Node node, Time now);
/// The completion is about to be handed to the store (again).
Transition mark_sent(Operation operation, Node node, Time now);
/// It was surely not done: only what was sent before it, then, may still be under way.
Transition mark_answered(Operation operation, Node node, Time now, Time sent_before);
/// Why the store would not complete an upload that is open again; empty: parts are missing, nobody refused.
struct Refusal {
  std::string code;
  std::string message;
};
/// Back to OPEN. A refusal stays on the row until the next completion: clients see it, and nobody but a
/// client or the sweep tries again.
Transition reopen(Operation operation, Node node, Time now, const Refusal& refusal);

/// The object stands: COMPLETED, the node ACTIVE and pointing to it. `replaced` (may be null) is the
/// operation whose object it takes the place of: changed in place to owe its DELETE.
Transition complete(Operation operation, Node node, Time now, const StoredObject& object,
                    const std::string& bucket, Operation* replaced, const UploadPolicy& policy);

/// CANCELLED, EXPIRED or FAILED, with its event and its debts.
struct Ending {
  OperationState state = OperationState::cancelled;
  std::string error_code;  // CANCELLED, EXPIRED, or to_string(Reason)
  std::string message;
  Received received = {};
};
Transition end_otherwise(Operation operation, Node node, Time now, const Ending& ending,
                         const UploadPolicy& policy);

/// The node is DELETED; its objects stay. With a purge, `purge` is the operation that removes them:
/// COMPLETING under its attempt.
Transition remove_node(Node node, Time now, const Operation& on_behalf, const std::string& reason);
Transition begin_purge(NewOperation fresh, Node node, Time now, const AttemptId& attempt,
                       const std::string& reason);
/// Nothing of the node is left at the store.
Transition complete_purge(Operation operation, Node node, Time now, const UploadPolicy& policy);

/// "sha256:..." where known, else "crc32c:...", else "".
std::string content_hash_of(const StoredObject& object);

/// When an open upload ends by itself, given its last activity.
Time expires_at(const Operation& operation, Time last_activity, const UploadPolicy& policy);

}  // namespace longshore
