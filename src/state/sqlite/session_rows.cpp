#include "state/sqlite/session_rows.h"

#include <limits>

namespace longshore::sqlite {
namespace {

/// A row of parts, from its columns size, etag, crc32c, attempt, until, said_last, the first of them at
/// `from`.
LedgerEntry entry_of(const Statement& row, int from) {
  LedgerEntry entry;
  const auto size = row.get<std::int64_t>(from);
  if (const auto etag = row.get<std::optional<ETag>>(from + 1)) {
    entry.receipt = Receipt{*etag, size, row.get<std::optional<std::uint32_t>>(from + 2)};
  } else {
    entry.attempt = Attempt{row.get<AttemptId>(from + 3), row.get<Time>(from + 4), size,
                            row.get<bool>(from + 5)};
  }
  return entry;
}

bool is_closing(const SessionInfo& info, ChunkIndex chunk, std::int64_t size) {
  return info.last == chunk || is_short(info, size);
}

}  // namespace

std::optional<SessionRow> find_session(Database& db, const UploadId& upload) {
  Statement row = db.query(
      "SELECT id, drive, key, store_upload, part_bytes_min, part_bytes_max, parts_max, parts_in_flight_max,"
      " chunk_size, expected_size, last, closed_by, last_activity, listed_at FROM sessions WHERE upload = ?",
      upload);
  if (!row.step()) return std::nullopt;
  SessionRow session;
  session.id = row.get<std::int64_t>(0);
  session.info.upload = upload;
  session.info.drive = row.get<DriveName>(1);
  session.info.key = row.get<ObjectKey>(2);
  session.info.store_upload = row.get<StoreUploadId>(3);
  session.info.part_bytes_min = row.get<std::int64_t>(4);
  session.info.part_bytes_max = row.get<std::int64_t>(5);
  session.info.parts_max = row.get<std::int32_t>(6);
  session.info.parts_in_flight_max = row.get<std::int32_t>(7);
  session.info.chunk_size = row.get<std::optional<std::int64_t>>(8);
  session.info.expected_size = row.get<std::optional<std::int64_t>>(9);
  session.info.last = row.get<std::optional<ChunkIndex>>(10);
  session.closed_by = row.get<AttemptId>(11);
  session.last_activity = row.get<Time>(12);
  session.listed_at = row.get<Time>(13);
  return session;
}

bool has_tombstone(Database& db, const UploadId& upload, Time now) {
  return db.query("SELECT 1 FROM tombstones WHERE upload = ? AND until > ?", upload, now).step();
}

void touch(Database& db, const SessionRow& session, Time now) {
  db.run("UPDATE sessions SET last_activity = ? WHERE id = ?", now, session.id);
}

std::optional<Attempt> find_attempt(Database& db, const SessionRow& session, ChunkIndex chunk,
                                    const AttemptId& attempt, Time now) {
  Statement row = db.query(
      "SELECT size, etag, crc32c, attempt, until, said_last FROM parts"
      " WHERE session = ? AND chunk = ? AND attempt = ? AND until > ?",
      session.id, chunk, attempt, now);
  if (!row.step()) return std::nullopt;
  return entry_of(row, 0).attempt;
}

BeginFacts facts_of(Database& db, const SessionRow& session, ChunkIndex chunk, Time now) {
  BeginFacts facts;
  Statement here = db.query(
      "SELECT size, etag, crc32c, attempt, until, said_last FROM parts"
      " WHERE session = ? AND chunk = ? AND (attempt IS NULL OR until > ?)",
      session.id, chunk, now);
  if (here.step()) facts.here = entry_of(here, 0);

  // Named, because SQLite would rather walk the session's rows backwards than use it.
  Statement closing = db.query(
      "SELECT chunk FROM parts INDEXED BY parts_closing"
      " WHERE session = ? AND closing = 1 AND chunk <> ? AND (attempt IS NULL OR until > ?) ORDER BY chunk "
      "DESC LIMIT 1",
      session.id, chunk, now);
  if (closing.step()) facts.closing_claim = closing.get<ChunkIndex>(0);

  Statement highest = db.query(
      "SELECT chunk FROM parts WHERE session = ? AND chunk <> ? AND (attempt IS NULL OR until > ?)"
      " ORDER BY chunk DESC LIMIT 1",
      session.id, chunk, now);
  if (highest.step()) facts.highest_other = highest.get<ChunkIndex>(0);

  Statement attempts = db.query(
      "SELECT count(*) FROM parts WHERE session = ? AND attempt IS NOT NULL AND until > ? AND chunk <> ?",
      session.id, now, chunk);
  if (attempts.step()) facts.attempts_elsewhere = attempts.get<std::int32_t>(0);
  return facts;
}

LedgerSummary summary_of(Database& db, const SessionRow& session, Time now) {
  constexpr ChunkIndex kNone{std::numeric_limits<std::int32_t>::max()};
  LedgerSummary summary;
  summary.last = session.info.last;
  Statement row = db.query(
      "SELECT received, bytes,"
      " EXISTS (SELECT 1 FROM parts WHERE session = id AND attempt IS NOT NULL AND until > ?),"
      " (SELECT count(*) FROM parts WHERE session = id AND chunk > ? AND etag IS NOT NULL), last_activity"
      " FROM sessions WHERE id = ?",
      now, session.info.last.value_or(kNone), session.id);
  if (!row.step()) return summary;
  summary.received = row.get<std::int32_t>(0);
  summary.bytes = row.get<std::int64_t>(1);
  summary.attempts_running = row.get<bool>(2);
  const std::int32_t up_to_last = summary.received - row.get<std::int32_t>(3);
  summary.whole = session.info.last && up_to_last == session.info.last->value() + 1 &&
                  !summary.attempts_running;
  if (!summary.attempts_running) summary.idle = now - row.get<Time>(4);
  return summary;
}

LedgerSnapshot ledger_of(Database& db, const SessionRow& session, Time now) {
  LedgerSnapshot ledger{session.info, {}, session.closed_by, session.last_activity, session.listed_at, now};
  Statement rows = db.query(
      "SELECT chunk, size, etag, crc32c, attempt, until, said_last FROM parts"
      " WHERE session = ? ORDER BY chunk",
      session.id);
  while (rows.step())
    ledger.entries.emplace_hint(ledger.entries.end(), rows.get<ChunkIndex>(0), entry_of(rows, 1));
  return ledger;
}

void write_attempt(Database& db, const SessionRow& session, ChunkIndex chunk, const Attempt& attempt) {
  const bool closing = attempt.last || is_closing(session.info, chunk, attempt.size);
  db.run(
      "INSERT OR REPLACE INTO parts (session, chunk, size, closing, attempt, until, said_last)"
      " VALUES (?, ?, ?, ?, ?, ?, ?)",
      session.id, chunk, attempt.size, closing, attempt.id, attempt.until, attempt.last);
}

void write_receipt(Database& db, const SessionRow& session, ChunkIndex chunk, const Receipt& receipt) {
  db.run(
      "INSERT OR REPLACE INTO parts (session, chunk, size, closing, etag, crc32c) VALUES (?, ?, ?, ?, ?, ?)",
      session.id, chunk, receipt.size, is_closing(session.info, chunk, receipt.size), receipt.etag,
      receipt.crc32c);
}

void withdraw_receipt(Database& db, const SessionRow& session, ChunkIndex chunk, const ETag& etag, Time now) {
  db.run(
      "UPDATE parts SET etag = NULL, crc32c = NULL, attempt = '', until = ?, said_last = 0"
      " WHERE session = ? AND chunk = ? AND etag = ?",
      now, session.id, chunk, etag);
}

void keep_vacant(Database& db, const SessionRow& session, std::vector<ListedPart>& parts, Time asked_at) {
  const LedgerSnapshot ledger = ledger_of(db, session, asked_at);
  std::erase_if(parts, [&](const ListedPart& part) {
    const auto found = ledger.entries.find(chunk_of(part.number));
    return found != ledger.entries.end() && !is_vacant_for(found->second, asked_at);
  });
}

void fill_vacant(Database& db, const SessionRow& session, const ListedPart& part, Time asked_at) {
  const ChunkIndex chunk = chunk_of(part.number);
  Statement row = db.query(
      "SELECT size, etag, crc32c, attempt, until, said_last FROM parts WHERE session = ? AND chunk = ?",
      session.id, chunk);
  if (!row.step() || is_vacant_for(entry_of(row, 0), asked_at))
    write_receipt(db, session, chunk, Receipt{part.etag, part.size, part.crc32c});
}

}  // namespace longshore::sqlite
