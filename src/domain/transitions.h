#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/event.h"
#include "domain/limits.h"
#include "domain/operation.h"

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

inline constexpr Millis kLease = std::chrono::seconds{20};
inline constexpr Millis kLeaseRenewal = std::chrono::seconds{5};
/// How long CreateMultipartUpload may be under way before somebody else sends another one.
inline constexpr Millis kCreateDeadline = std::chrono::seconds{60};
/// The request that feeds an upload (PUT by name) renews its mark well within this.
inline constexpr Millis kOwnerMark = std::chrono::seconds{20};
/// A request whose mark ran out so long ago has gone, and nobody wanted its name meanwhile.
inline constexpr Millis kOwnerGone = std::chrono::minutes{10};
/// A completion whose answer is not known is not sent again before the store has surely ended the first (AWS
/// answers within minutes), except where a double is harmless.
inline constexpr Millis kCompletionDeadline = std::chrono::minutes{15};
/// A whole set that nobody completed is completed by the sweep after this quiet time.
inline constexpr Millis kWholeSetQuiet = std::chrono::minutes{1};
/// A replaced object stays for readers that began before.
inline constexpr Millis kReplacedKept = std::chrono::hours{1};

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
