#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "domain/ledger.h"
#include "ports/object_store.h"
#include "sqlite/database.h"

namespace longshore::sqlite {

/// The rows of one session: what the steps of the session store are made of. Each function runs inside the
/// caller's transaction.

struct SessionRow {
  std::int64_t id = 0;
  SessionInfo info;
  AttemptId closed_by;
  Time last_activity{};
  Time listed_at{};
};
std::optional<SessionRow> find_session(Database& db, const UploadId& upload);
bool has_tombstone(Database& db, const UploadId& upload, Time now);
void touch(Database& db, const SessionRow& session, Time now);

/// The live attempt at this chunk, if it is this one.
std::optional<Attempt> find_attempt(Database& db, const SessionRow& session, ChunkIndex chunk,
                                    const AttemptId& attempt, Time now);

/// What domain/ledger.h's begin_facts and summarize compute from a whole ledger, asked of the database.
BeginFacts facts_of(Database& db, const SessionRow& session, ChunkIndex chunk, Time now);
LedgerSummary summary_of(Database& db, const SessionRow& session, Time now);
LedgerSnapshot ledger_of(Database& db, const SessionRow& session, Time now);

/// The chunk has this attempt, and no receipt; or this receipt, and no attempt.
void write_attempt(Database& db, const SessionRow& session, ChunkIndex chunk, const Attempt& attempt);
void write_receipt(Database& db, const SessionRow& session, ChunkIndex chunk, const Receipt& receipt);
/// The chunk's receipt is taken back, if it has this ETag.
void withdraw_receipt(Database& db, const SessionRow& session, ChunkIndex chunk, const ETag& etag, Time now);
/// Of a list that was asked for then: the parts whose chunks are vacant for it. Looks at all of the session.
void keep_vacant(Database& db, const SessionRow& session, std::vector<ListedPart>& parts, Time asked_at);
/// The listed part as a receipt, where the chunk is vacant for a list that was asked for then.
void fill_vacant(Database& db, const SessionRow& session, const ListedPart& part, Time asked_at);

}  // namespace longshore::sqlite
