#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/session_store.h"
#include "redis/reply.h"

namespace longshore::redis {

/// The session store's values as scripts take and give them (docs/formats/redis.md). Pure. Each function that
/// reads a reply throws Error(state_unavailable) if that is not what the scripts answer.

/// Of one cluster slot: "upload:{ID}:state" and its kin, in the order that the scripts know.
std::vector<std::string> session_keys(const UploadId& upload);

/// Fields and values for the script `create`.
std::vector<std::string> fields_of(const SessionInfo& info);
std::string text_of(ChunkIndex chunk);
std::string text_of(const std::optional<std::uint32_t>& crc32c);

/// What `begin` answers: the words ended, absent, or closed and by whom; or begun or facts, and behind it the
/// time, the session's fields, receipt and attempt of the chunk itself ("": none), the highest other chunk
/// that claims to be the last, the highest other one (only where the request claims it; -1: none), live
/// attempts elsewhere, and the summary. Decides by domain/ledger.h what is answered to the caller; throws as
/// decide_begin does.
BeginAnswer begin_answer(const Reply& reply, const UploadId& upload, const BeginPart& request);

/// What `record` answers: absent, stale, or recorded and the summary.
RecordAnswer record_answer(const Reply& reply);

/// The time; then fields and values of the session, its receipts, its attempts, its gone chunks. Nothing:
/// absent.
std::optional<LedgerSnapshot> ledger_of(const Reply& reply, const UploadId& upload);

/// Receipts, their bytes, whether attempts run, the last chunk or -1, whether it is whole,
/// milliseconds since bytes last came. Nothing: absent.
std::optional<LedgerSummary> summary_of(const Reply& reply);

}  // namespace longshore::redis
