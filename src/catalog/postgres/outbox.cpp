// The catalog's outbox: who may publish which rows, and what becomes of them. What takes several steps under
// a lock is a function of the schema (catalog_schema.cpp): one round trip.

#include "catalog/postgres/catalog_rows.h"
#include "catalog/postgres/postgres_catalog.h"
#include "catalog/rows.h"

namespace longshore::postgres {
namespace {

const std::string kOutboxColumns = "place, node, event_id, sequence, timestamp, tries, body";

OutboxRow outbox_row_of(const Row& row) { return catalog_rows::outbox_row_from<Binary>(row); }

std::vector<OutboxRow> outbox_rows_of(const Rows& rows) {
  std::vector<OutboxRow> out;
  for (int i = 0; i < rows.size(); ++i) out.push_back(outbox_row_of(rows.at(i)));
  return out;
}

std::optional<OutboxRow> skip(Session& db, const std::string& event_id) {
  static const std::string kErase =
      "DELETE FROM outbox WHERE place = (SELECT place FROM outbox WHERE event_id = $1"
      " ORDER BY place LIMIT 1) RETURNING " +
      kOutboxColumns;
  const Rows erased = db.query(kErase, event_id);
  if (erased.empty()) return std::nullopt;
  OutboxRow skipped = outbox_row_of(erased.at(0));
  // What a deferred node waited for is gone; a claim stays.
  db.run("UPDATE drains SET until = least(until, catalog_now()) WHERE node = $1 AND drainer = ''",
         skipped.event.node);
  db.query("SELECT end_drains($1)", std::vector{skipped.event.node});
  return skipped;
}

OutboxState state_of(Session& db) {
  const Row row =
      db.query(
            "SELECT (SELECT count(*) FROM outbox), (SELECT timestamp FROM outbox ORDER BY place LIMIT 1),"
            " catalog_now()")
          .at(0);
  return {.waiting = row.get<std::int64_t>(0),
          .oldest = row.get<std::optional<Time>>(1),
          .now = row.get<Time>(2)};
}

}  // namespace

Task<std::vector<OutboxRow>> PostgresCatalog::claim_outbox(std::string drainer, int limit, Millis claim_for) {
  static const std::string kClaim = "SELECT " + kOutboxColumns + " FROM claim_outbox($1, $2, $3)";
  co_return co_await pool_.autocommit(
      [&](Session& db) { return outbox_rows_of(db.query(kClaim, drainer, limit, claim_for)); });
}

Task<void> PostgresCatalog::mark_published(std::vector<std::int64_t> rows) {
  co_await pool_.autocommit([&](Session& db) { return db.run("SELECT mark_published($1)", rows); });
}

Task<void> PostgresCatalog::release_outbox(std::string drainer, std::vector<NodeId> nodes, Millis delay,
                                           std::int64_t failed_row) {
  co_await pool_.autocommit([&](Session& db) {
    return db.run(
        "WITH tried AS (UPDATE outbox SET tries = tries + 1 WHERE place = $4)"
        " UPDATE drains SET drainer = '', until = catalog_now() + $3 WHERE node = ANY ($2) AND drainer = $1",
        drainer, nodes, delay, failed_row);
  });
}

Task<std::optional<OutboxRow>> PostgresCatalog::skip_outbox(std::string event_id) {
  co_return co_await pool_.write([&](Session& db) { return skip(db, event_id); });
}

Task<std::vector<OutboxRow>> PostgresCatalog::peek_outbox(int limit) {
  static const std::string kFirst = "SELECT " + kOutboxColumns + " FROM outbox ORDER BY place LIMIT $1";
  co_return co_await pool_.autocommit([&](Session& db) { return outbox_rows_of(db.query(kFirst, limit)); });
}

Task<OutboxState> PostgresCatalog::outbox_state() {
  co_return co_await pool_.autocommit([](Session& db) { return state_of(db); });
}

}  // namespace longshore::postgres
