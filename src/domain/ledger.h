#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "domain/error.h"
#include "domain/ids.h"

namespace longshore {

/// The ledger of an upload's parts and the rules that every session store keeps. One entry a chunk: the
/// current attempt wins; totals are what the entries say. Chunks are 0-based here.

struct Receipt {
  ETag etag;
  std::int64_t size = 0;
  std::optional<std::uint32_t> crc32c;  // absent: not known (rebuilt from ListParts), never guessed
  bool operator==(const Receipt&) const = default;
};

/// One try at a chunk. Counts only while `until` is in the future; an entry whose attempt has run out, or was
/// dropped at `until`, and that has no receipt is as good as absent, but for is_vacant_for().
struct Attempt {
  AttemptId id;
  Time until;
  std::int64_t size = 0;
  bool last = false;
  bool operator==(const Attempt&) const = default;
};

struct LedgerEntry {
  std::optional<Receipt> receipt;
  std::optional<Attempt> attempt;
  bool operator==(const LedgerEntry&) const = default;
};

/// What never changes of an upload, and `last`.
struct SessionInfo {
  UploadId upload;
  DriveName drive;
  ObjectKey key;
  StoreUploadId store_upload;
  std::int64_t part_bytes_min = 0;
  std::int64_t part_bytes_max = 0;
  std::int32_t parts_max = 0;
  std::int32_t parts_in_flight_max = 0;
  std::optional<std::int64_t> chunk_size;  // fixed geometry
  std::optional<std::int64_t> expected_size;
  std::optional<ChunkIndex> last;  // set when a chunk with is_last was acknowledged; as the catalog has it
  bool operator==(const SessionInfo&) const = default;
};

/// The whole of a session at one moment. All its times are by the session store's clock, which no other clock
/// needs to agree with: what has run out, or how long ago something was, is judged against `now`.
struct LedgerSnapshot {
  SessionInfo info;
  std::map<ChunkIndex, LedgerEntry> entries;
  AttemptId closed_by;  // whose mark keeps parts out: a completion's, a rebuilding's; empty: open for parts
  Time last_activity{};
  Time listed_at{};  // when the newest list that was merged in had been asked for; epoch: never
  Time now{};        // the moment
};

struct BeginPart {
  ChunkIndex chunk;
  std::int64_t size = 0;
  std::optional<std::uint32_t> crc32c;
  bool last = false;
  AttemptId attempt;
};

/// What decide_begin needs to know of the other entries; an adapter reads it in the same atomic step in which
/// it writes. Entries without a receipt whose attempt has run out do not count anywhere.
struct BeginFacts {
  std::optional<LedgerEntry> here;          // the entry of the same chunk
  std::optional<ChunkIndex> closing_claim;  // another chunk that claims to be the last: by is_last, or by
                                            // being short
  std::optional<ChunkIndex> highest_other;  // the highest other chunk
  std::int32_t attempts_elsewhere = 0;      // live attempts at other chunks
};

struct Acknowledged {
  Receipt receipt;
};  // the same bytes are there already: do not touch the store
struct AttemptBusy {
  Time until;
};  // another attempt at this chunk is alive
struct Begun {};  // go: write the attempt, withdraw any receipt
using BeginDecision = std::variant<Begun, Acknowledged, AttemptBusy>;

/// May this chunk be sent now? Throws Error: out_of_limits, chunk_conflict, too_many_chunks_in_flight.
BeginDecision decide_begin(const SessionInfo& info, const BeginFacts& facts, const BeginPart& request,
                           Time now);

/// The facts for decide_begin out of a whole ledger: for fakes and tests; adapters ask their database.
BeginFacts begin_facts(const SessionInfo& info, const std::map<ChunkIndex, LedgerEntry>& entries,
                       ChunkIndex chunk, Time now);

/// May a part fill this entry that is in a list which was asked for at `asked_at`? Not where there is a
/// receipt; nor where an attempt, or a receipt that was taken back, has gone since: the store may have lost
/// the part after it was listed.
bool is_vacant_for(const LedgerEntry& entry, Time asked_at);

/// Below the fixed chunk size, or below the store's minimum: can only be the last.
bool is_short(const SessionInfo& info, std::int64_t size);

/// What the entries say at this moment. A store may keep totals beside them, if it is the store itself that
/// changes both in one atomic step (ADR 0028); nobody adds to a total what a request says.
struct LedgerSummary {
  std::int64_t bytes = 0;     // of the receipts
  std::int32_t received = 0;  // receipts
  bool attempts_running = false;
  std::optional<ChunkIndex> last;  // info.last
  bool whole = false;              // last is known, 0..last all have receipts, no attempt runs
  Millis idle{0};                  // since bytes last came; nothing while an attempt runs
};
LedgerSummary summarize(const LedgerSnapshot& ledger);

/// Chunks of one size and the size of the whole leave no choice which one is the last. nullopt: one of the
/// two is not known, or there is none.
std::optional<ChunkIndex> last_by_sizes(std::optional<std::int64_t> chunk_size,
                                        std::optional<std::int64_t> size);

/// The chunks of 0..last (or 0..highest receipt, if `last` is not known) without a receipt.
std::vector<ChunkRange> missing_chunks(const LedgerSnapshot& ledger, std::optional<ChunkIndex> last);
std::vector<ChunkRange> received_chunks(const LedgerSnapshot& ledger);
/// Sorted, distinct indexes as ranges.
std::vector<ChunkRange> ranges_of(const std::vector<ChunkIndex>& sorted);

}  // namespace longshore
