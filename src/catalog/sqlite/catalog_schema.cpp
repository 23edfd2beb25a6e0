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

constexpr std::array kSteps{kVersion1};

}  // namespace

const Schema& catalog_schema() {
  static constexpr Schema kSchema{"the catalog", kSteps};
  return kSchema;
}

}  // namespace longshore::sqlite
