#pragma once

#include <optional>
#include <vector>

#include "ports/session_store.h"
#include "redis/script_runner.h"

namespace longshore::redis {

/// The session store in Redis (docs/formats/redis.md), shared by any number of servers. A call is one script,
/// one round trip; what time it is Redis says. Throws Error(state_unavailable) as ScriptRunner does.
class RedisSessionStore final : public SessionStore {
 public:
  /// `kept`: so long after its making a session goes by itself. Longer than an upload may live and the sweep
  /// may need it: what goes earlier costs a ListParts, no data. `redis` outlives it.
  RedisSessionStore(ScriptRunner& redis, Millis kept);

  Task<bool> create(SessionInfo info, AttemptId closed_by) override;
  Task<BeginAnswer> begin_part(UploadId upload, BeginPart request, Millis lifetime) override;
  Task<bool> renew_attempt(UploadId upload, ChunkIndex chunk, AttemptId attempt, Millis lifetime) override;
  Task<void> drop_attempt(UploadId upload, ChunkIndex chunk, AttemptId attempt) override;
  Task<RecordAnswer> record_part(UploadId upload, ChunkIndex chunk, AttemptId attempt,
                                 Receipt receipt) override;
  Task<std::optional<LedgerSnapshot>> snapshot(UploadId upload) override;
  Task<std::vector<std::optional<LedgerSummary>>> summaries(std::vector<UploadId> uploads) override;
  /// A long list goes in pieces, each of them one step, so that others are served in between.
  Task<void> merge_listed(UploadId upload, std::vector<ListedPart> parts, Time asked_at) override;
  Task<void> repair(UploadId upload, std::vector<ReceiptRepair> repairs) override;
  Task<std::optional<LedgerSnapshot>> close(UploadId upload, AttemptId by) override;
  Task<void> reopen(UploadId upload, AttemptId by) override;
  Task<void> end(UploadId upload, Millis kept) override;
  Task<int> forget_ended(int limit) override;

 private:
  Task<Reply> run(const Script& script, UploadId upload, std::vector<std::string> arguments);

  ScriptRunner& redis_;
  const Millis kept_;
};

}  // namespace longshore::redis
