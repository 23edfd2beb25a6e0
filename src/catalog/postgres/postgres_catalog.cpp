#include "catalog/postgres/postgres_catalog.h"

#include <utility>

#include "catalog/postgres/catalog_rows.h"
#include "catalog/postgres/catalog_schema.h"

namespace longshore::postgres {
namespace {

/// Upload rows may be forgotten before the keys that led to them: such a key leads nowhere, and is free
/// again.
std::optional<IdempotencyRecord> find_record(Session& db, const ConnectorId& connector,
                                             const std::string& key) {
  const Rows found = db.query(
      "SELECT request_sha256, upload, kept_until FROM idempotency"
      " WHERE connector = $1 AND key = $2 AND kept_until > catalog_now()"
      " AND EXISTS (SELECT 1 FROM operations WHERE id = upload)",
      connector, key);
  if (found.empty()) return std::nullopt;
  const Row row = found.at(0);
  return IdempotencyRecord{connector, key, row.get<std::string>(0), row.get<UploadId>(1), row.get<Time>(2)};
}

[[nodiscard]] bool write(Session& db, const IdempotencyRecord& record) {
  return db.run(
             "INSERT INTO idempotency AS i (connector, key, request_sha256, upload, kept_until)"
             " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (connector, key) DO UPDATE"
             " SET request_sha256 = excluded.request_sha256, upload = excluded.upload,"
             "     kept_until = excluded.kept_until"
             " WHERE i.kept_until <= catalog_now() OR NOT EXISTS (SELECT 1 FROM operations WHERE id = "
             "i.upload)",
             record.connector, record.key, record.request_sha256_hex, record.upload, record.kept_until) == 1;
}

/// The node first: whoever changes a node and its operations waits for others there.
[[nodiscard]] bool apply(Session& db, const Change& change) {
  if (change.node && !write(db, *change.node)) return false;
  for (const OperationWrite& operation : change.operations) {
    if (!write(db, operation)) return false;
  }
  if (change.idempotency && !write(db, *change.idempotency)) return false;
  for (const EventDraft& event : change.events) append_event(db, event);
  return true;
}

std::optional<LoadedOperation> find_operation(Session& db, const UploadId& upload) {
  static const std::string kSql =
      "SELECT " + kOperationColumns + ", " + kNodeColumns +
      ", catalog_now() FROM operations o JOIN nodes n ON n.id = o.node WHERE o.id = $1";
  const Rows found = db.query(kSql, upload);
  if (found.empty()) return std::nullopt;
  const Row row = found.at(0);
  return LoadedOperation{operation_from(row), node_from(row, kOperationColumnCount),
                         row.get<Time>(kOperationColumnCount + kNodeColumnCount)};
}

std::optional<LoadedNode> find_node(Session& db, const NodeId& node) {
  static const std::string kSql = "SELECT " + kNodeColumns + ", catalog_now() FROM nodes n WHERE n.id = $1";
  const Rows found = db.query(kSql, node);
  if (found.empty()) return std::nullopt;
  return LoadedNode{node_from(found.at(0)), found.at(0).get<Time>(kNodeColumnCount)};
}

}  // namespace

PostgresCatalog::PostgresCatalog(const Options& options, Timers& timers, Random& random, const Log& log,
                                 std::function<void()> fresh_events)
    : random_(random),
      pool_(options, catalog_schema(), watchdog_, timers, random),
      bell_(options, options.schema + "_outbox", watchdog_, random, log, std::move(fresh_events)) {}

void PostgresCatalog::open() { pool_.open(); }

Task<bool> PostgresCatalog::commit(Change change) {
  const bool committed = co_await exactly_once([&](Session& db) { return apply(db, change); });
  if (committed && !change.events.empty()) bell_.ring();
  co_return committed;
}

Task<std::optional<LoadedOperation>> PostgresCatalog::load(UploadId upload) {
  co_return co_await pool_.autocommit([&](Session& db) { return find_operation(db, upload); });
}

Task<std::optional<LoadedNode>> PostgresCatalog::load_node(NodeId node) {
  co_return co_await pool_.autocommit([&](Session& db) { return find_node(db, node); });
}

Task<std::optional<IdempotencyRecord>> PostgresCatalog::find_idempotency(ConnectorId connector,
                                                                         std::string key) {
  co_return co_await pool_.autocommit([&](Session& db) { return find_record(db, connector, key); });
}

Task<Time> PostgresCatalog::now() {
  co_return co_await pool_.autocommit(
      [](Session& db) { return db.query("SELECT catalog_now()").at(0).get<Time>(0); });
}

Task<std::optional<StoreFinding>> PostgresCatalog::load_finding(std::string store) {
  co_return co_await pool_.autocommit([&](Session& db) -> std::optional<StoreFinding> {
    const Rows found = db.query(
        "SELECT finding, found_at, catalog_now() FROM store_findings WHERE store = $1", store);
    if (found.empty()) return std::nullopt;
    const Row row = found.at(0);
    return StoreFinding{
        .text = row.get<std::string>(0), .found_at = row.get<Time>(1), .now = row.get<Time>(2)};
  });
}

Task<void> PostgresCatalog::keep_finding(std::string store, std::string text) {
  co_await pool_.autocommit([&](Session& db) {
    return db.run(
        "INSERT INTO store_findings (store, finding, found_at) VALUES ($1, $2, catalog_now())"
        " ON CONFLICT (store) DO UPDATE SET finding = excluded.finding, found_at = excluded.found_at",
        store, text);
  });
}

}  // namespace longshore::postgres
