#include "state/sqlite/sqlite_session_store.h"

#include <utility>
#include <variant>

#include "state/sqlite/session_rows.h"
#include "state/sqlite/session_schema.h"

namespace longshore::sqlite {
namespace {

bool insert(Database& db, const SessionInfo& info, const AttemptId& closed_by, Time now) {
  if (has_tombstone(db, info.upload, now)) return false;
  const auto inserted = db.run(
      "INSERT OR IGNORE INTO sessions (upload, drive, key, store_upload, part_bytes_min, part_bytes_max,"
      " parts_max, parts_in_flight_max, chunk_size, expected_size, last, closed_by, last_activity)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      info.upload, info.drive, info.key, info.store_upload, info.part_bytes_min, info.part_bytes_max,
      info.parts_max, info.parts_in_flight_max, info.chunk_size, info.expected_size, info.last, closed_by,
      now);
  return inserted == 1;
}

BeginAnswer begin(Database& db, const UploadId& upload, const BeginPart& request, Millis lifetime, Time now) {
  const auto session = find_session(db, upload);
  if (!session && has_tombstone(db, upload, now)) return SessionEnded{};
  if (!session) return SessionAbsent{};
  if (!session->closed_by.empty()) return SessionClosed{session->closed_by};

  const BeginDecision decision = decide_begin(session->info, facts_of(db, *session, request.chunk, now),
                                              request, now);
  if (const auto* acknowledged = std::get_if<Acknowledged>(&decision)) {
    return PartThere{acknowledged->receipt, summary_of(db, *session, now)};
  }
  if (const auto* busy = std::get_if<AttemptBusy>(&decision)) return *busy;
  write_attempt(db, *session, request.chunk,
                Attempt{request.attempt, now + lifetime, request.size, request.last});
  touch(db, *session, now);
  return PartBegun{session->info};
}

bool renew(Database& db, const UploadId& upload, ChunkIndex chunk, const AttemptId& attempt, Millis lifetime,
           Time now) {
  const auto session = find_session(db, upload);
  if (!session) return false;
  auto current = find_attempt(db, *session, chunk, attempt, now);
  if (!current) return false;
  current->until = now + lifetime;
  write_attempt(db, *session, chunk, *current);
  touch(db, *session, now);
  return true;
}

RecordAnswer record(Database& db, const UploadId& upload, ChunkIndex chunk, const AttemptId& attempt,
                    const Receipt& receipt, Time now) {
  auto session = find_session(db, upload);
  if (!session) return RecordAnswer{RecordResult::absent, {}};
  const auto current = find_attempt(db, *session, chunk, attempt, now);
  if (!current) return RecordAnswer{RecordResult::stale, {}};
  if (current->last) {
    session->info.last = chunk;
    db.run("UPDATE sessions SET last = ? WHERE id = ?", chunk, session->id);
  }
  write_receipt(db, *session, chunk, receipt);
  touch(db, *session, now);
  return RecordAnswer{RecordResult::recorded, summary_of(db, *session, now)};
}

void merge(Database& db, const UploadId& upload, const std::vector<ListedPart>& parts, Time asked_at) {
  const auto session = find_session(db, upload);
  if (!session) return;
  for (const ListedPart& part : parts) fill_vacant(db, *session, part, asked_at);
  db.run("UPDATE sessions SET listed_at = max(listed_at, ?) WHERE id = ?", asked_at, session->id);
}

void repair_one(Database& db, const SessionRow& session, const ReceiptRepair& repair, Time now) {
  if (repair.listed) {
    db.run("UPDATE parts SET etag = ? WHERE session = ? AND chunk = ? AND etag = ?", *repair.listed,
           session.id, repair.chunk, repair.contradicted);
  } else {
    withdraw_receipt(db, session, repair.chunk, repair.contradicted, now);
  }
}

}  // namespace

SqliteSessionStore::SqliteSessionStore(std::string path, const Clock& clock)
    : clock_(clock),
      store_(
          {.path = std::move(path), .reason = Reason::state_unavailable, .durability = Durability::process},
          session_schema()) {}

Task<void> SqliteSessionStore::end_predecessor() {
  co_await store_.write([](Database& db) { db.run("DELETE FROM parts WHERE attempt IS NOT NULL"); });
}

Task<bool> SqliteSessionStore::create(SessionInfo info, AttemptId closed_by) {
  co_return co_await store_.write([&](Database& db) { return insert(db, info, closed_by, clock_.now()); });
}

Task<BeginAnswer> SqliteSessionStore::begin_part(UploadId upload, BeginPart request, Millis lifetime) {
  co_return co_await store_.write(
      [&](Database& db) { return begin(db, upload, request, lifetime, clock_.now()); });
}

Task<bool> SqliteSessionStore::renew_attempt(UploadId upload, ChunkIndex chunk, AttemptId attempt,
                                             Millis lifetime) {
  co_return co_await store_.write(
      [&](Database& db) { return renew(db, upload, chunk, attempt, lifetime, clock_.now()); });
}

Task<void> SqliteSessionStore::drop_attempt(UploadId upload, ChunkIndex chunk, AttemptId attempt) {
  co_await store_.write([&](Database& db) {
    db.run(
        "UPDATE parts SET until = min(until, ?)"
        " WHERE session = (SELECT id FROM sessions WHERE upload = ?) AND chunk = ? AND attempt = ?",
        clock_.now(), upload, chunk, attempt);
  });
}

Task<RecordAnswer> SqliteSessionStore::record_part(UploadId upload, ChunkIndex chunk, AttemptId attempt,
                                                   Receipt receipt) {
  co_return co_await store_.write(
      [&](Database& db) { return record(db, upload, chunk, attempt, receipt, clock_.now()); });
}

Task<std::optional<LedgerSnapshot>> SqliteSessionStore::snapshot(UploadId upload) {
  co_return co_await store_.read([&](Database& db) {
    const auto session = find_session(db, upload);
    return session ? std::optional{ledger_of(db, *session, clock_.now())} : std::nullopt;
  });
}

Task<std::vector<std::optional<LedgerSummary>>> SqliteSessionStore::summaries(std::vector<UploadId> uploads) {
  co_return co_await store_.read_long([&](Database& db) {
    std::vector<std::optional<LedgerSummary>> found;
    for (const UploadId& upload : uploads) {
      const auto session = find_session(db, upload);
      found.push_back(session ? std::optional{summary_of(db, *session, clock_.now())} : std::nullopt);
    }
    return found;
  });
}

Task<void> SqliteSessionStore::merge_listed(UploadId upload, std::vector<ListedPart> parts, Time asked_at) {
  // Most lists tell nothing new: that is found out on a reader, so that it costs the writer nothing. What
  // becomes vacant after this is not vacant for this list.
  co_await store_.read([&](Database& db) {
    const auto session = find_session(db, upload);
    if (session) keep_vacant(db, *session, parts, asked_at);
  });
  co_await store_.write([&](Database& db) { merge(db, upload, parts, asked_at); });
}

Task<void> SqliteSessionStore::repair(UploadId upload, std::vector<ReceiptRepair> repairs) {
  co_await store_.write([&](Database& db) {
    const auto session = find_session(db, upload);
    if (!session) return;
    for (const ReceiptRepair& repair : repairs) repair_one(db, *session, repair, clock_.now());
  });
}

Task<std::optional<LedgerSnapshot>> SqliteSessionStore::close(UploadId upload, AttemptId by) {
  co_return co_await store_.write([&](Database& db) -> std::optional<LedgerSnapshot> {
    auto session = find_session(db, upload);
    if (!session) return std::nullopt;
    if (session->closed_by < by) {
      db.run("UPDATE sessions SET closed_by = ? WHERE id = ?", by, session->id);
      session->closed_by = by;
    }
    return ledger_of(db, *session, clock_.now());
  });
}

Task<void> SqliteSessionStore::reopen(UploadId upload, AttemptId by) {
  co_await store_.write([&](Database& db) {
    db.run("UPDATE sessions SET closed_by = '' WHERE upload = ? AND closed_by = ?", upload, by);
  });
}

Task<void> SqliteSessionStore::end(UploadId upload, Millis kept) {
  co_await store_.write([&](Database& db) {
    db.run("DELETE FROM sessions WHERE upload = ?", upload);
    db.run("INSERT OR REPLACE INTO tombstones (upload, until) VALUES (?, ?)", upload, clock_.now() + kept);
  });
}

Task<int> SqliteSessionStore::forget_ended(int limit) {
  co_return co_await store_.write([&](Database& db) {
    return static_cast<int>(db.run(
        "DELETE FROM tombstones WHERE upload IN (SELECT upload FROM tombstones WHERE until <= ? LIMIT ?)",
        clock_.now(), limit));
  });
}

}  // namespace longshore::sqlite
