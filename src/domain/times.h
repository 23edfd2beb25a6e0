#pragma once

#include "base/clock.h"

/// How long everything lasts, and what must be longer than what. The policy's own times are in limits.h.
namespace longshore {

// Rights that run out unless they are renewed: so often that two renewals may fail.

/// The right to decide how a COMPLETING operation ends.
inline constexpr Millis kLease = std::chrono::seconds{20};
inline constexpr Millis kLeaseRenewal = std::chrono::seconds{5};
/// A try at a chunk; renewed while bytes flow.
inline constexpr Millis kAttemptLifetime = std::chrono::seconds{10};
inline constexpr Millis kAttemptRenewal = std::chrono::seconds{3};
/// The mark of the request that feeds an upload (PUT by name).
inline constexpr Millis kOwnerMark = std::chrono::seconds{20};
inline constexpr Millis kOwnerRenewal = std::chrono::seconds{5};
/// A request whose mark ran out so long ago has gone, and nobody wanted its name meanwhile.
inline constexpr Millis kOwnerGone = std::chrono::minutes{10};
/// Of a row that is due: nobody else looks at it meanwhile.
inline constexpr Millis kLookClaim = std::chrono::seconds{60};
/// Of the events of a node; no publication begins after kDrainTime.
inline constexpr Millis kDrainClaim = std::chrono::seconds{30};
inline constexpr Millis kDrainTime = std::chrono::seconds{20};

static_assert(3 * kLeaseRenewal < kLease && 3 * kAttemptRenewal < kAttemptLifetime);
static_assert(3 * kOwnerRenewal < kOwnerMark && kOwnerMark < kOwnerGone);
static_assert(kDrainTime < kDrainClaim);

// What is under way at the store.

/// How long CreateMultipartUpload may be under way before somebody else sends another one; what we sent has
/// come back, or counts as lost, before that.
inline constexpr Millis kCreateDeadline = std::chrono::seconds{60};
inline constexpr Millis kCreateLimit = std::chrono::seconds{45};
/// A completion whose answer is not known is not sent again before the store has surely ended the first (AWS
/// answers within minutes), except where a double is harmless. A store may be known to be quicker.
inline constexpr Millis kCompletionDeadline = std::chrono::minutes{15};
/// Between two sendings of a completion; a store that asks for more than the longest asks the client.
inline constexpr Millis kSendPause = std::chrono::seconds{1};
inline constexpr Millis kSendPauseMax = std::chrono::seconds{60};

static_assert(kCreateLimit < kCreateDeadline);
static_assert(kLease < kCompletionDeadline);

// How patient a request is; background work has no hurry.

/// A second complete waits for the first one's outcome: until a dead server's lease has ended, and longer.
inline constexpr Millis kOutcomePatience = std::chrono::seconds{30};
/// A chunk waits for a completion's outcome.
inline constexpr Millis kCompletingPatience = std::chrono::seconds{10};
/// A chunk waits for another try at it: until that of a dead server has run out.
inline constexpr Millis kAttemptPatience = std::chrono::seconds{12};
/// For a create that somebody else has sent.
inline constexpr Millis kCreatePatience = std::chrono::seconds{10};
/// For debts that the sweep can pay as well.
inline constexpr Millis kSettlePatience = std::chrono::seconds{5};
/// Between looks at a row that somebody else changes.
inline constexpr Millis kPollPause = std::chrono::milliseconds{200};
/// Between looks at a ledger for a watcher.
inline constexpr Millis kProgressPause = std::chrono::seconds{1};
/// At most one ListParts an upload in this time.
inline constexpr Millis kListPause = std::chrono::seconds{10};

static_assert(kLease < kOutcomePatience);
static_assert(kAttemptLifetime < kAttemptPatience);

// When the sweep looks again.

/// A whole set that nobody completed is completed after this quiet time; one that cannot be completed as it
/// is waits longer.
inline constexpr Millis kWholeSetQuiet = std::chrono::minutes{1};
inline constexpr Millis kWholeSetRetry = std::chrono::hours{1};
/// Of a look that may take minutes, where enough of them are under way.
inline constexpr Millis kLongLookPause = std::chrono::seconds{5};
/// Until the next try at a debt that could not be paid.
inline constexpr Millis kDebtPause = std::chrono::seconds{30};
/// Until the next try to publish what the sink did not take: the first one, doubled each time, and the
/// longest.
inline constexpr Millis kPublishPause = std::chrono::seconds{1};
inline constexpr Millis kPublishPauseMax = std::chrono::seconds{60};

static_assert(kListPause < kWholeSetQuiet && kWholeSetQuiet < kWholeSetRetry);

// What stays for a while.

/// A replaced object, for readers that began before.
inline constexpr Millis kReplacedKept = std::chrono::hours{1};
/// What a late part finds of an ended upload's session.
inline constexpr Millis kTombstoneKept = std::chrono::hours{1};
/// What `bucket setup` installs: so long after its beginning an unfinished upload is ended by the bucket.
inline constexpr Millis kBucketLifecycle = std::chrono::hours{7 * 24};

static_assert(2 * kCompletionDeadline + kLease < kTombstoneKept);

}  // namespace longshore
