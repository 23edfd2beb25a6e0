#include "state/sqlite/session_schema.h"

#include <array>

namespace longshore::sqlite {
namespace {

constexpr std::string_view kVersion1 = R"(
  CREATE TABLE sessions (
    id                  INTEGER PRIMARY KEY,
    upload              TEXT NOT NULL UNIQUE,
    drive               TEXT NOT NULL,
    key                 TEXT NOT NULL,
    store_upload        TEXT NOT NULL,
    part_bytes_min      INTEGER NOT NULL,
    part_bytes_max      INTEGER NOT NULL,
    parts_max           INTEGER NOT NULL,
    parts_in_flight_max INTEGER NOT NULL,
    chunk_size          INTEGER,
    expected_size       INTEGER,
    last                INTEGER,
    closed_by           TEXT NOT NULL DEFAULT '',
    last_activity       INTEGER NOT NULL,
    listed_at           INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  -- A chunk has a receipt or an attempt. closing: it claims to be the last one, by saying so or by being short.
  CREATE TABLE parts (
    session   INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE,
    chunk     INTEGER NOT NULL,
    size      INTEGER NOT NULL,
    closing   INTEGER NOT NULL,
    etag      TEXT,
    crc32c    INTEGER,
    attempt   TEXT,
    until     INTEGER,
    said_last INTEGER,
    PRIMARY KEY (session, chunk),
    CHECK ((etag IS NULL) <> (attempt IS NULL))
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX parts_attempts ON parts (session, until) WHERE attempt IS NOT NULL;
  CREATE INDEX parts_closing ON parts (session, chunk) WHERE closing = 1;

  CREATE TABLE tombstones (
    upload TEXT NOT NULL PRIMARY KEY,
    until  INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX tombstones_until ON tombstones (until);
)";

// The totals of a session, kept by the database itself: whatever statement changes parts, they are what the
// rows say, and nobody walks a session to know them.
constexpr std::string_view kVersion2 = R"(
  ALTER TABLE sessions ADD COLUMN received INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE sessions ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
  UPDATE sessions SET (received, bytes) =
    (SELECT count(*), coalesce(sum(size), 0) FROM parts WHERE session = sessions.id AND etag IS NOT NULL);

  CREATE TRIGGER receipt_inserted AFTER INSERT ON parts WHEN new.etag IS NOT NULL BEGIN
    UPDATE sessions SET received = received + 1, bytes = bytes + new.size WHERE id = new.session;
  END;
  CREATE TRIGGER receipt_deleted AFTER DELETE ON parts WHEN old.etag IS NOT NULL BEGIN
    UPDATE sessions SET received = received - 1, bytes = bytes - old.size WHERE id = old.session;
  END;
  CREATE TRIGGER receipt_given AFTER UPDATE ON parts WHEN new.etag IS NOT NULL BEGIN
    UPDATE sessions SET received = received + 1, bytes = bytes + new.size WHERE id = new.session;
  END;
  CREATE TRIGGER receipt_taken AFTER UPDATE ON parts WHEN old.etag IS NOT NULL BEGIN
    UPDATE sessions SET received = received - 1, bytes = bytes - old.size WHERE id = old.session;
  END;
)";

constexpr std::array kSteps{kVersion1, kVersion2};

}  // namespace

const Schema& session_schema() {
  static constexpr Schema kSchema{"the session store", kSteps};
  return kSchema;
}

}  // namespace longshore::sqlite
