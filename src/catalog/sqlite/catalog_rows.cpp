#include "catalog/sqlite/catalog_rows.h"

#include "catalog/codec.h"
#include "catalog/rows.h"

namespace longshore::sqlite {
Operation operation_from(const Statement& row, int from) {
  return catalog_rows::operation_from<std::string>(row, from);
}

Node node_from(const Statement& row, int from) { return catalog_rows::node_from<std::string>(row, from); }

std::int64_t revision_of(Database& db, const UploadId& upload) {
  Statement row = db.query("SELECT revision FROM operations WHERE id = ?", upload);
  return row.step() ? row.get<std::int64_t>(0) : 0;
}

std::int64_t revision_of(Database& db, const NodeId& node) {
  Statement row = db.query("SELECT revision FROM nodes WHERE id = ?", node);
  return row.step() ? row.get<std::int64_t>(0) : 0;
}

void write(Database& db, const OperationWrite& write) {
  const Operation& o = write.operation;
  const std::int64_t revision = write.expected_revision + 1;
  if (revision_of(db, o.node) == 0) {
    throw Error(Reason::internal, "an operation of a node that the catalog does not have");
  }
  if (write.expected_revision == 0) {
    db.run(
        "INSERT INTO operations (id, node, connector, state, revision, created_at, look_again_at, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        o.id, o.node, o.connector, to_string(o.state), revision, o.created_at, o.look_again_at,
        write_body(o));
  } else {
    db.run(
        "UPDATE operations SET node = ?, connector = ?, state = ?, revision = ?, created_at = ?,"
        " look_again_at = ?, body = ? WHERE id = ?",
        o.node, o.connector, to_string(o.state), revision, o.created_at, o.look_again_at, write_body(o),
        o.id);
  }
}

void write(Database& db, const NodeWrite& write) {
  const Node& n = write.node;
  const std::int64_t revision = write.expected_revision + 1;
  if (write.expected_revision == 0) {
    db.run(
        "INSERT INTO nodes (id, connector, drive, path, state, revision, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
        n.id, n.connector, n.drive, n.attributes.path, to_string(n.state), revision, write_body(n));
  } else {
    db.run(
        "UPDATE nodes SET connector = ?, drive = ?, path = ?, state = ?, revision = ?, body = ? WHERE id = ?",
        n.connector, n.drive, n.attributes.path, to_string(n.state), revision, write_body(n), n.id);
  }
}

void append_event(Database& db, const EventDraft& event, Time now) {
  std::int64_t sequence = 0;
  Time timestamp{};
  {
    Statement numbered = db.query(
        "UPDATE nodes SET last_sequence = last_sequence + 1, last_event_at = max(?, last_event_at + 1)"
        " WHERE id = ? RETURNING last_sequence, last_event_at",
        now, event.node);
    if (!numbered.step()) throw Error(Reason::internal, "an event of a node that the catalog does not have");
    sequence = numbered.get<std::int64_t>(0);
    timestamp = numbered.get<Time>(1);
  }
  db.run("INSERT INTO outbox (node, event_id, sequence, timestamp, body) VALUES (?, ?, ?, ?, ?)", event.node,
         event_id_of(event.node, operation_of(event.type), timestamp), sequence, timestamp,
         write_body(event));
  db.run("INSERT OR IGNORE INTO drains (node, drainer, until) VALUES (?, '', ?)", event.node, now);
}

}  // namespace longshore::sqlite
