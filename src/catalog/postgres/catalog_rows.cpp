#include "catalog/postgres/catalog_rows.h"

#include "catalog/codec.h"
#include "catalog/rows.h"

namespace longshore::postgres {
namespace {

void require_node(Session& db, const NodeId& node) {
  if (db.query("SELECT 1 FROM nodes WHERE id = $1", node).empty())
    throw Error(Reason::internal, "an operation of a node that the catalog does not have");
}

}  // namespace

Operation operation_from(const Row& row, int from) { return catalog_rows::operation_from<Binary>(row, from); }

Node node_from(const Row& row, int from) { return catalog_rows::node_from<Binary>(row, from); }

bool write(Session& db, const OperationWrite& write) {
  const Operation& o = write.operation;
  const std::int64_t expected = write.expected_revision;
  if (expected == 0) {
    require_node(db, o.node);
    return db.run(
               "INSERT INTO operations (id, node, connector, state, revision, created_at, look_again_at, "
               "body)"
               " VALUES ($1, $2, $3, $4, 1, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
               o.id, o.node, o.connector, to_string(o.state), o.created_at, o.look_again_at,
               Binary{write_body(o)}) == 1;
  }
  return db.run(
             "UPDATE operations SET node = $3, connector = $4, state = $5, revision = $2 + 1, created_at = "
             "$6,"
             " look_again_at = $7, body = $8 WHERE id = $1 AND revision = $2",
             o.id, expected, o.node, o.connector, to_string(o.state), o.created_at, o.look_again_at,
             Binary{write_body(o)}) == 1;
}

bool write(Session& db, const NodeWrite& write) {
  const Node& n = write.node;
  const std::int64_t expected = write.expected_revision;
  if (expected == 0) {
    return db.run(
               "INSERT INTO nodes (id, connector, drive, path, state, revision, body)"
               " VALUES ($1, $2, $3, $4, $5, 1, $6) ON CONFLICT (id) DO NOTHING",
               n.id, n.connector, n.drive, Binary{n.attributes.path}, to_string(n.state),
               Binary{write_body(n)}) == 1;
  }
  return db.run(
             "UPDATE nodes SET connector = $3, drive = $4, path = $5, state = $6, revision = $2 + 1, body = "
             "$7"
             " WHERE id = $1 AND revision = $2",
             n.id, expected, n.connector, n.drive, Binary{n.attributes.path}, to_string(n.state),
             Binary{write_body(n)}) == 1;
}

void append_event(Session& db, const EventDraft& event) {
  const Rows numbered = db.query(
      "UPDATE nodes SET last_sequence = last_sequence + 1,"
      " last_event_at = greatest(catalog_now(), last_event_at + 1)"
      " WHERE id = $1 RETURNING last_sequence, last_event_at",
      event.node);
  if (numbered.empty()) throw Error(Reason::internal, "an event of a node that the catalog does not have");
  const auto sequence = numbered.at(0).get<std::int64_t>(0);
  const auto timestamp = numbered.at(0).get<Time>(1);
  db.run(
      "WITH waiting AS (INSERT INTO drains (node, drainer, until) VALUES ($1, '', catalog_now())"
      "   ON CONFLICT (node) DO UPDATE SET until = drains.until)"
      " INSERT INTO outbox (node, event_id, sequence, timestamp, body) VALUES ($1, $2, $3, $4, $5)",
      event.node, event_id_of(event.node, operation_of(event.type), timestamp), sequence, timestamp,
      Binary{write_body(event)});
}

}  // namespace longshore::postgres
