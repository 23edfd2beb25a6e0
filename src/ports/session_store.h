#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "domain/ledger.h"
#include "ports/body_source.h"
#include "ports/object_store.h"

namespace longshore {

struct PartBegun {
  SessionInfo info;
};  // go: the attempt is registered, any receipt of that chunk withdrawn
struct SessionAbsent {};  // never created, or lost: rebuild it from the catalog and ListParts
struct SessionEnded {};   // a tombstone: the upload has ended; the catalog knows how
struct SessionClosed {
  AttemptId by;
};  // a completion is deciding, or it is being rebuilt: the catalog knows whether it may be opened
struct PartThere {
  Receipt receipt;
  LedgerSummary summary;
};  // the same bytes are there already: do not touch the store
using BeginAnswer =
    std::variant<PartBegun, PartThere, AttemptBusy, SessionClosed, SessionEnded, SessionAbsent>;

enum class RecordResult {
  recorded,
  stale,   // that attempt is not the current one any more: nothing was recorded
  absent,  // the session is gone or ended
};
struct RecordAnswer {
  RecordResult result = RecordResult::absent;
  LedgerSummary summary;  // after the change; only if recorded
};

/// One receipt to be taken back or re-tagged, if it still has the ETag named here.
struct ReceiptRepair {
  ChunkIndex chunk;
  ETag contradicted;
  std::optional<ETag> listed;  // the right one (the checksum was equal); nullopt: drop the receipt
};

/// Part receipts, attempts, activity. Hot, shared by the servers, and may be lost at any moment: that costs
/// time, never data. Each call is one atomic step, decided by the rules of domain/ledger.h and the store's
/// own clock. Thread-safe. Errors: Error(state_unavailable) with its Outcome; begin_part also throws what
/// decide_begin throws.
class SessionStore {
 public:
  SessionStore() = default;
  SessionStore(const SessionStore&) = delete;
  SessionStore& operator=(const SessionStore&) = delete;
  virtual ~SessionStore() = default;

  /// Created only if absent; neither a session nor a tombstone is ever overwritten. True if it was created.
  /// `closed_by`: it is closed from its first moment, as by close(); empty: it is open.
  virtual Task<bool> create(SessionInfo info, AttemptId closed_by) = 0;

  /// The first of a part's two steps. On PartBegun the attempt is registered for `lifetime` and a receipt of
  /// that chunk withdrawn.
  virtual Task<BeginAnswer> begin_part(UploadId upload, BeginPart request, Millis lifetime) = 0;
  /// Prolongs the attempt, and is activity; false: it is not the current one any more. One that has run out
  /// is not current, even if nobody has taken its place: others have decided without it.
  virtual Task<bool> renew_attempt(UploadId upload, ChunkIndex chunk, AttemptId attempt, Millis lifetime) = 0;
  /// It ends now. Idempotent; only if it is the current one.
  virtual Task<void> drop_attempt(UploadId upload, ChunkIndex chunk, AttemptId attempt) = 0;
  /// The second step: the receipt takes the attempt's place. An attempt with `last` sets info.last. Allowed
  /// on a closed session (the bytes are at the store, whatever the completion decides).
  virtual Task<RecordAnswer> record_part(UploadId upload, ChunkIndex chunk, AttemptId attempt,
                                         Receipt receipt) = 0;

  /// nullopt: absent or ended.
  virtual Task<std::optional<LedgerSnapshot>> snapshot(UploadId upload) = 0;
  /// Fills chunks from what ListParts said, where is_vacant_for() says that they may be. `asked_at`: this
  /// store's time (LedgerSnapshot::now) from before the list was asked for; becomes listed_at, if that is not
  /// later already. No-op if absent.
  virtual Task<void> merge_listed(UploadId upload, std::vector<ListedPart> parts, Time asked_at) = 0;
  /// After InvalidPart: each repair is made only where the receipt still has the contradicted ETag.
  virtual Task<void> repair(UploadId upload, std::vector<ReceiptRepair> repairs) = 0;

  /// What summarize() makes of each ledger, in the order asked; nullopt: absent. For a page of a list: one
  /// round trip, whatever their number.
  virtual Task<std::vector<std::optional<LedgerSummary>>> summaries(std::vector<UploadId> uploads) = 0;

  /// No part begins any more. Replaces a mark that sorts before it as bytes: of two that close a session,
  /// the later one counts, whichever comes first. The ledger after it; nullopt: absent.
  virtual Task<std::optional<LedgerSnapshot>> close(UploadId upload, AttemptId by) = 0;
  /// Clears exactly this mark.
  virtual Task<void> reopen(UploadId upload, AttemptId by) = 0;
  /// Drops all of it and leaves a tombstone for `kept`. Idempotent, also where there was no session.
  virtual Task<void> end(UploadId upload, Millis kept) = 0;

  /// Removes tombstones whose time is over, at most `limit`; how many. (A store with expiring keys has
  /// nothing to do.)
  virtual Task<int> forget_ended(int limit) = 0;
};

}  // namespace longshore
