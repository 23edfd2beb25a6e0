#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "ports/session_store.h"

namespace longshore {

/// The session store in memory: the simplest thing that keeps the port's contract, for tests and the
/// simulation. Every call does its step at once, without suspending. One thread only. `clock` outlives it.
class MemorySessionStore final : public SessionStore {
 public:
  explicit MemorySessionStore(const Clock& clock) : clock_(clock) {}

  Task<bool> create(SessionInfo info, AttemptId closed_by) override;
  Task<BeginAnswer> begin_part(UploadId upload, BeginPart request, Millis lifetime) override;
  Task<bool> renew_attempt(UploadId upload, ChunkIndex chunk, AttemptId attempt, Millis lifetime) override;
  Task<void> drop_attempt(UploadId upload, ChunkIndex chunk, AttemptId attempt) override;
  Task<RecordAnswer> record_part(UploadId upload, ChunkIndex chunk, AttemptId attempt,
                                 Receipt receipt) override;
  Task<std::optional<LedgerSnapshot>> snapshot(UploadId upload) override;
  Task<std::vector<std::optional<LedgerSummary>>> summaries(std::vector<UploadId> uploads) override;
  Task<void> merge_listed(UploadId upload, std::vector<ListedPart> parts, Time asked_at) override;
  Task<void> repair(UploadId upload, std::vector<ReceiptRepair> repairs) override;
  Task<std::optional<LedgerSnapshot>> close(UploadId upload, AttemptId by) override;
  Task<void> reopen(UploadId upload, AttemptId by) override;
  Task<void> end(UploadId upload, Millis kept) override;
  Task<int> forget_ended(int limit) override;

  /// Loses all of it, as a session store may at any moment.
  void lose_everything();

  // What a test looks at.
  [[nodiscard]] const std::map<UploadId, LedgerSnapshot>& sessions() const { return sessions_; }

 private:
  [[nodiscard]] LedgerSnapshot* find(const UploadId& upload);
  [[nodiscard]] LedgerEntry* find_attempt(const UploadId& upload, ChunkIndex chunk, const AttemptId& attempt);
  [[nodiscard]] LedgerSnapshot at_this_moment(LedgerSnapshot session) const;
  [[nodiscard]] bool has_tombstone(const UploadId& upload) const;

  const Clock& clock_;
  std::map<UploadId, LedgerSnapshot> sessions_;
  std::map<UploadId, Time> tombstones_;  // until when
};

}  // namespace longshore
