#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ports/session_store.h"
#include "sqlite/store.h"

namespace longshore::sqlite {

/// The session store in an SQLite file (docs/formats/session.md). A call is one transaction of the file's
/// writer thread. The file may lose the last calls in a power cut (Durability::process): a receipt that is
/// lost is found again by ListParts, so nobody needs to wait for the disk at every part.
class SqliteSessionStore final : public SessionStore {
 public:
  /// Opens the file, or makes it, and migrates it. Throws Error(state_unavailable). `clock` outlives it.
  SqliteSessionStore(std::string path, const Clock& clock);

  /// Drops all attempts: those of the process that had the data folder before. Called once, before anything
  /// is served.
  Task<void> end_predecessor();

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

 private:
  const Clock& clock_;
  Store store_;
};

}  // namespace longshore::sqlite
