// What the sweep asks of the catalog: what is due, and what is to be forgotten.

#include "catalog/postgres/postgres_catalog.h"

namespace longshore::postgres {
namespace {

// A lost answer is looked for within seconds; an hour is for a server that was stopped in between.
constexpr Millis kMarksKept = std::chrono::hours{1};
constexpr int kMarksAtOnce = 10'000;

/// Rows that another sweep, or a change, has locked are passed over.
std::vector<UploadId> claim(Session& db, int limit, Millis claim_for) {
  const Rows rows = db.query(
      "WITH due AS MATERIALIZED (SELECT id, look_again_at FROM operations WHERE look_again_at <= "
      "catalog_now()"
      "   ORDER BY look_again_at, id LIMIT $1 FOR UPDATE SKIP LOCKED),"
      " claimed AS (UPDATE operations o SET look_again_at = catalog_now() + $2 FROM due WHERE o.id = due.id"
      "   RETURNING o.id, due.look_again_at)"
      " SELECT id FROM claimed ORDER BY look_again_at, id",
      limit, claim_for);
  std::vector<UploadId> due;
  for (int i = 0; i < rows.size(); ++i) due.push_back(rows.at(i).get<UploadId>(0));
  return due;
}

bool erase_ended(Session& db, const UploadId& upload, std::int64_t revision, bool node_too) {
  // Its node's row is locked first, so that no operation is added to a node that is about to go.
  if (node_too) {
    db.query("SELECT 1 FROM nodes WHERE id = (SELECT node FROM operations WHERE id = $1) FOR UPDATE", upload);
  }
  const Rows erased = db.query(
      "DELETE FROM operations WHERE id = $1 AND revision = $2 AND state NOT IN ('OPEN', 'COMPLETING')"
      " RETURNING node",
      upload, revision);
  if (erased.empty()) return false;
  if (node_too) {
    db.run("DELETE FROM nodes WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM operations WHERE node = $1)",
           erased.at(0).get<NodeId>(0));
  }
  return true;
}

std::int64_t erase_idempotency(Session& db, int limit) {
  return db.run(
      "DELETE FROM idempotency WHERE (connector, key) IN (SELECT connector, key FROM idempotency"
      " WHERE kept_until <= catalog_now() ORDER BY kept_until LIMIT $1 FOR UPDATE SKIP LOCKED)",
      limit);
}

void erase_marks(Session& db) {
  db.run(
      "DELETE FROM commits WHERE mark IN (SELECT mark FROM commits WHERE made_at <= catalog_now() - $1"
      " ORDER BY made_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
      kMarksKept, kMarksAtOnce);
}

}  // namespace

Task<std::vector<UploadId>> PostgresCatalog::claim_due(int limit, Millis claim_for) {
  co_return co_await pool_.autocommit([&](Session& db) { return claim(db, limit, claim_for); });
}

Task<bool> PostgresCatalog::forget(UploadId upload, std::int64_t revision, bool node_too) {
  co_return co_await exactly_once([&](Session& db) { return erase_ended(db, upload, revision, node_too); });
}

Task<int> PostgresCatalog::forget_idempotency(int limit) {
  co_return co_await pool_.autocommit([&](Session& db) {
    erase_marks(db);
    return static_cast<int>(erase_idempotency(db, limit));
  });
}

}  // namespace longshore::postgres
