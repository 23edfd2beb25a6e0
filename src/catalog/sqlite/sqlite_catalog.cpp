#include "catalog/sqlite/sqlite_catalog.h"

#include <utility>

#include "catalog/sqlite/catalog_rows.h"
#include "catalog/sqlite/catalog_schema.h"

namespace longshore::sqlite {
namespace {

/// Upload rows may be forgotten before the keys that led to them: such a key leads nowhere, and is free
/// again.
std::optional<IdempotencyRecord> find_record(Database& db, const ConnectorId& connector,
                                             const std::string& key, Time now) {
  Statement row = db.query(
      "SELECT request_sha256, upload, kept_until FROM idempotency"
      " WHERE connector = ? AND key = ? AND kept_until > ?"
      " AND EXISTS (SELECT 1 FROM operations WHERE id = upload)",
      connector, key, now);
  if (!row.step()) return std::nullopt;
  return IdempotencyRecord{connector, key, row.get<std::string>(0), row.get<UploadId>(1), row.get<Time>(2)};
}

bool holds(Database& db, const Change& change, Time now) {
  if (change.node && revision_of(db, change.node->node.id) != change.node->expected_revision) return false;
  for (const OperationWrite& write : change.operations) {
    if (revision_of(db, write.operation.id) != write.expected_revision) return false;
  }
  return !change.idempotency || !find_record(db, change.idempotency->connector, change.idempotency->key, now);
}

bool apply(Database& db, const Change& change, Time now) {
  if (!holds(db, change, now)) return false;
  if (change.node) write(db, *change.node);
  for (const OperationWrite& operation : change.operations) write(db, operation);
  if (change.idempotency) {
    const IdempotencyRecord& record = *change.idempotency;
    db.run(
        "INSERT OR REPLACE INTO idempotency (connector, key, request_sha256, upload, kept_until)"
        " VALUES (?, ?, ?, ?, ?)",
        record.connector, record.key, record.request_sha256_hex, record.upload, record.kept_until);
  }
  for (const EventDraft& event : change.events) append_event(db, event, now);
  return true;
}

std::optional<LoadedOperation> find_operation(Database& db, const UploadId& upload, Time now) {
  static const std::string kSql = "SELECT " + std::string(kOperationColumns) + ", " +
                                  std::string(kNodeColumns) +
                                  " FROM operations o JOIN nodes n ON n.id = o.node WHERE o.id = ?";
  Statement row = db.query(kSql, upload);
  if (!row.step()) return std::nullopt;
  return LoadedOperation{operation_from(row), node_from(row, kOperationColumnCount), now};
}

std::optional<LoadedNode> find_node(Database& db, const NodeId& node, Time now) {
  static const std::string kSql = "SELECT " + std::string(kNodeColumns) + " FROM nodes n WHERE n.id = ?";
  Statement row = db.query(kSql, node);
  if (!row.step()) return std::nullopt;
  return LoadedNode{node_from(row), now};
}

std::vector<UploadId> claim(Database& db, int limit, Time now, Millis claim_for) {
  std::vector<UploadId> due;
  Statement rows = db.query(
      "SELECT id FROM operations WHERE look_again_at <= ? ORDER BY look_again_at, id LIMIT ?", now, limit);
  while (rows.step()) due.push_back(rows.get<UploadId>(0));
  for (const UploadId& id : due)
    db.run("UPDATE operations SET look_again_at = ? WHERE id = ?", now + claim_for, id);
  return due;
}

bool erase_ended(Database& db, const UploadId& upload, std::int64_t revision, bool node_too) {
  Statement erased = db.query(
      "DELETE FROM operations WHERE id = ? AND revision = ? AND state NOT IN ('OPEN', 'COMPLETING') "
      "RETURNING node",
      upload, revision);
  if (!erased.step()) return false;
  if (node_too) {
    db.run("DELETE FROM nodes WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM operations WHERE node = ?1)",
           erased.get<NodeId>(0));
  }
  return true;
}

std::optional<StoreFinding> find_finding(Database& db, const std::string& store, Time now) {
  Statement row = db.query("SELECT finding, found_at FROM store_findings WHERE store = ?", store);
  if (!row.step()) return std::nullopt;
  return StoreFinding{.text = row.get<std::string>(0), .found_at = row.get<Time>(1), .now = now};
}

void end_holdings(Database& db, Time now) {
  db.run(
      "UPDATE operations SET look_again_at = ?1, body = json_set(body, '$.lease.until', ?1)"
      " WHERE state = 'COMPLETING' AND body ->> '$.lease.until' > ?1",
      now);
  db.run(
      "UPDATE operations SET look_again_at = ?1, body = json_set(body, '$.owner_until', ?1)"
      " WHERE state IN ('OPEN', 'COMPLETING') AND body ->> '$.owner_until' > ?1",
      now);
  db.run(
      "UPDATE operations SET look_again_at = ?1, body = json_set(body, '$.create_deadline', ?1)"
      " WHERE state = 'OPEN' AND body ->> '$.store_upload' IS NULL AND body ->> '$.create_deadline' > ?1",
      now);
  db.run("UPDATE drains SET drainer = '', until = ? WHERE drainer <> ''", now);
}

}  // namespace

SqliteCatalog::SqliteCatalog(std::string path, const Clock& clock)
    : clock_(clock),
      store_({.path = std::move(path),
              .reason = Reason::catalog_unavailable,
              .durability = Durability::power_loss},
             catalog_schema()) {}

Task<void> SqliteCatalog::end_predecessor() {
  co_await store_.write([&](Database& db) { end_holdings(db, clock_.now()); });
}

Task<bool> SqliteCatalog::commit(Change change) {
  co_return co_await store_.write([&](Database& db) { return apply(db, change, clock_.now()); });
}

Task<std::optional<LoadedOperation>> SqliteCatalog::load(UploadId upload) {
  co_return co_await store_.read([&](Database& db) { return find_operation(db, upload, clock_.now()); });
}

Task<std::optional<LoadedNode>> SqliteCatalog::load_node(NodeId node) {
  co_return co_await store_.read([&](Database& db) { return find_node(db, node, clock_.now()); });
}

Task<std::optional<IdempotencyRecord>> SqliteCatalog::find_idempotency(ConnectorId connector,
                                                                       std::string key) {
  co_return co_await store_.read([&](Database& db) { return find_record(db, connector, key, clock_.now()); });
}

Task<Time> SqliteCatalog::now() { co_return clock_.now(); }

Task<std::vector<UploadId>> SqliteCatalog::claim_due(int limit, Millis claim_for) {
  co_return co_await store_.write([&](Database& db) { return claim(db, limit, clock_.now(), claim_for); });
}

Task<bool> SqliteCatalog::forget(UploadId upload, std::int64_t revision, bool node_too) {
  co_return co_await store_.write([&](Database& db) { return erase_ended(db, upload, revision, node_too); });
}

Task<int> SqliteCatalog::forget_idempotency(int limit) {
  co_return co_await store_.write([&](Database& db) {
    return static_cast<int>(
        db.run("DELETE FROM idempotency WHERE (connector, key) IN"
               " (SELECT connector, key FROM idempotency WHERE kept_until <= ? ORDER BY kept_until LIMIT ?)",
               clock_.now(), limit));
  });
}

Task<std::optional<StoreFinding>> SqliteCatalog::load_finding(std::string store) {
  co_return co_await store_.read([&](Database& db) { return find_finding(db, store, clock_.now()); });
}

Task<void> SqliteCatalog::keep_finding(std::string store, std::string text) {
  co_await store_.write([&](Database& db) {
    db.run("INSERT OR REPLACE INTO store_findings (store, finding, found_at) VALUES (?, ?, ?)", store, text,
           clock_.now());
  });
}

}  // namespace longshore::sqlite
