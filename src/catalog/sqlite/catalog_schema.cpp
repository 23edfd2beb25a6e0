#include "catalog/sqlite/catalog_schema.h"

#include <array>

namespace longshore::sqlite {
namespace {

constexpr std::string_view kVersion1 = R"(
  CREATE TABLE nodes (
    row           INTEGER PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    connector     TEXT NOT NULL,
    drive         TEXT NOT NULL,
    path          TEXT NOT NULL,
    state         TEXT NOT NULL,
    revision      INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL DEFAULT 0,
    last_event_at INTEGER NOT NULL DEFAULT 0,
    body          TEXT NOT NULL
  ) STRICT;
  CREATE INDEX nodes_by_connector ON nodes (connector, id);

  -- row: in the order of insertion, which is the order of a node's operations.
  CREATE TABLE operations (
    row           INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    node          TEXT NOT NULL REFERENCES nodes (id),
    connector     TEXT NOT NULL,
    state         TEXT NOT NULL,
    revision      INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    look_again_at INTEGER,
    body          TEXT NOT NULL
  ) STRICT;
  CREATE INDEX operations_by_node ON operations (node);
  CREATE INDEX operations_by_state ON operations (state, created_at, id);
  CREATE INDEX operations_by_connector ON operations (connector, state, created_at, id);
  CREATE INDEX operations_due ON operations (look_again_at, id) WHERE look_again_at IS NOT NULL;

  CREATE TABLE idempotency (
    connector      TEXT NOT NULL,
    key            TEXT NOT NULL,
    request_sha256 TEXT NOT NULL,
    upload         TEXT NOT NULL,
    kept_until     INTEGER NOT NULL,
    PRIMARY KEY (connector, key)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX idempotency_kept_until ON idempotency (kept_until);

  -- AUTOINCREMENT: the number of a published row is never given to another one.
  CREATE TABLE outbox (
    row       INTEGER PRIMARY KEY AUTOINCREMENT,
    node      TEXT NOT NULL,
    event_id  TEXT NOT NULL,
    sequence  INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    tries     INTEGER NOT NULL DEFAULT 0,
    body      TEXT NOT NULL
  ) STRICT;
  CREATE INDEX outbox_by_node ON outbox (node);

  -- The nodes that have rows in the outbox: who drains them until when, or ('') when they may be tried.
  CREATE TABLE drains (
    node    TEXT NOT NULL PRIMARY KEY,
    drainer TEXT NOT NULL,
    until   INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX drains_by_until ON drains (until);
  CREATE INDEX drains_by_drainer ON drains (drainer, until) WHERE drainer <> '';
)";

// How many operations of a connector have not ended, counted in the transactions that change them.
constexpr std::string_view kVersion2 = R"(
  CREATE TABLE open_operations (
    connector TEXT NOT NULL PRIMARY KEY,
    count     INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO open_operations
    SELECT connector, count(*) FROM operations WHERE state IN ('OPEN', 'COMPLETING') GROUP BY connector;

  CREATE TRIGGER count_begun AFTER INSERT ON operations WHEN new.state IN ('OPEN', 'COMPLETING') BEGIN
    INSERT INTO open_operations VALUES (new.connector, 1) ON CONFLICT (connector) DO UPDATE SET count = count + 1;
  END;
  CREATE TRIGGER count_changed AFTER UPDATE OF state, connector ON operations
    WHEN old.connector <> new.connector
      OR (old.state IN ('OPEN', 'COMPLETING')) <> (new.state IN ('OPEN', 'COMPLETING')) BEGIN
    UPDATE open_operations SET count = count - 1
      WHERE connector = old.connector AND old.state IN ('OPEN', 'COMPLETING');
    INSERT INTO open_operations SELECT new.connector, 1 WHERE new.state IN ('OPEN', 'COMPLETING')
      ON CONFLICT (connector) DO UPDATE SET count = count + 1;
  END;
  CREATE TRIGGER count_removed AFTER DELETE ON operations WHEN old.state IN ('OPEN', 'COMPLETING') BEGIN
    UPDATE open_operations SET count = count - 1 WHERE connector = old.connector;
  END;
)";

// What was found out about stores by trying them.
constexpr std::string_view kVersion3 = R"(
  CREATE TABLE store_findings (
    store    TEXT NOT NULL PRIMARY KEY,
    finding  TEXT NOT NULL,
    found_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
)";

constexpr std::array kSteps{kVersion1, kVersion2, kVersion3};

}  // namespace

const Schema& catalog_schema() {
  static constexpr Schema kSchema{"the catalog", kSteps};
  return kSchema;
}

}  // namespace longshore::sqlite
