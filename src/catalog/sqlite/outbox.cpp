// The catalog's outbox: who may publish which rows, and what becomes of them.

#include <set>

#include "catalog/rows.h"
#include "catalog/sqlite/catalog_rows.h"
#include "catalog/sqlite/sqlite_catalog.h"

namespace longshore::sqlite {
namespace {

OutboxRow outbox_row_of(const Statement& row) { return catalog_rows::outbox_row_from<std::string>(row); }

/// Nodes that this drainer may publish: free ones, who waits longest first, then those that it has claimed
/// already, so that a node with many rows does not keep the others waiting.
std::vector<NodeId> drainable(Database& db, const std::string& drainer, int limit, Time now) {
  std::vector<NodeId> nodes;
  Statement unclaimed = db.query(
      "SELECT node FROM drains WHERE until <= ? AND drainer <> ? ORDER BY until LIMIT ?", now, drainer,
      limit);
  while (unclaimed.step()) nodes.push_back(unclaimed.get<NodeId>(0));
  Statement own = db.query(
      "SELECT node FROM drains WHERE drainer = ? AND drainer <> '' ORDER BY until LIMIT ?", drainer, limit);
  while (own.step()) nodes.push_back(own.get<NodeId>(0));
  return nodes;
}

std::vector<OutboxRow> claim(Database& db, const std::string& drainer, int limit, Time now,
                             Millis claim_for) {
  std::vector<OutboxRow> claimed;
  for (const NodeId& node : drainable(db, drainer, limit, now)) {
    const auto room = limit - std::ssize(claimed);
    if (room <= 0) break;
    Statement rows = db.query(
        "SELECT row, node, event_id, sequence, timestamp, tries, body FROM outbox"
        " WHERE node = ? ORDER BY row LIMIT ?",
        node, room);
    while (rows.step()) claimed.push_back(outbox_row_of(rows));
    db.run("UPDATE drains SET drainer = ?, until = ? WHERE node = ?", drainer, now + claim_for, node);
  }
  return claimed;
}

/// A node with nothing left to publish needs no drainer.
void erase_drain_if_done(Database& db, const NodeId& node) {
  db.run("DELETE FROM drains WHERE node = ?1 AND NOT EXISTS (SELECT 1 FROM outbox WHERE node = ?1)", node);
}

void erase_rows(Database& db, const std::vector<std::int64_t>& rows) {
  std::set<NodeId> nodes;
  for (const std::int64_t row : rows) {
    Statement erased = db.query("DELETE FROM outbox WHERE row = ? RETURNING node", row);
    if (erased.step()) nodes.insert(erased.get<NodeId>(0));
  }
  for (const NodeId& node : nodes) erase_drain_if_done(db, node);
}

void release(Database& db, const std::string& drainer, const std::vector<NodeId>& nodes, Time until,
             std::int64_t failed_row) {
  for (const NodeId& node : nodes) {
    db.run("UPDATE drains SET drainer = '', until = ? WHERE node = ? AND drainer = ?", until, node, drainer);
  }
  db.run("UPDATE outbox SET tries = tries + 1 WHERE row = ?", failed_row);
}

std::optional<OutboxRow> skip(Database& db, const std::string& event_id, Time now) {
  std::optional<OutboxRow> skipped;
  {
    Statement row = db.query(
        "SELECT row, node, event_id, sequence, timestamp, tries, body FROM outbox WHERE event_id = ? LIMIT 1",
        event_id);
    if (!row.step()) return std::nullopt;
    skipped = outbox_row_of(row);
  }
  // What a deferred node waited for is gone; a claim stays.
  db.run("UPDATE drains SET until = min(until, ?) WHERE node = ? AND drainer = ''", now, skipped->event.node);
  erase_rows(db, {skipped->row});
  return skipped;
}

std::vector<OutboxRow> first_rows(Database& db, int limit) {
  std::vector<OutboxRow> found;
  Statement rows = db.query(
      "SELECT row, node, event_id, sequence, timestamp, tries, body FROM outbox ORDER BY row LIMIT ?", limit);
  while (rows.step()) found.push_back(outbox_row_of(rows));
  return found;
}

OutboxState state_of(Database& db, Time now) {
  OutboxState state;
  state.now = now;
  Statement count = db.query("SELECT count(*) FROM outbox");
  if (count.step()) state.waiting = count.get<std::int64_t>(0);
  Statement oldest = db.query("SELECT timestamp FROM outbox ORDER BY row LIMIT 1");
  if (oldest.step()) state.oldest = oldest.get<Time>(0);
  return state;
}

}  // namespace

Task<std::vector<OutboxRow>> SqliteCatalog::claim_outbox(std::string drainer, int limit, Millis claim_for) {
  co_return co_await store_.write(
      [&](Database& db) { return claim(db, drainer, limit, clock_.now(), claim_for); });
}

Task<void> SqliteCatalog::mark_published(std::vector<std::int64_t> rows) {
  co_await store_.write([&](Database& db) { erase_rows(db, rows); });
}

Task<void> SqliteCatalog::release_outbox(std::string drainer, std::vector<NodeId> nodes, Millis delay,
                                         std::int64_t failed_row) {
  co_await store_.write([&](Database& db) { release(db, drainer, nodes, clock_.now() + delay, failed_row); });
}

Task<std::optional<OutboxRow>> SqliteCatalog::skip_outbox(std::string event_id) {
  co_return co_await store_.write([&](Database& db) { return skip(db, event_id, clock_.now()); });
}

Task<std::vector<OutboxRow>> SqliteCatalog::peek_outbox(int limit) {
  co_return co_await store_.read_long([&](Database& db) { return first_rows(db, limit); });
}

Task<OutboxState> SqliteCatalog::outbox_state() {
  co_return co_await store_.read_long([&](Database& db) { return state_of(db, clock_.now()); });
}

}  // namespace longshore::sqlite
