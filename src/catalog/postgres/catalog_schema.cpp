#include "catalog/postgres/catalog_schema.h"

#include <array>

namespace longshore::postgres {
namespace {

// Ids are compared byte by byte (COLLATE "C"), as in page tokens. What may hold any bytes is a bytea.
constexpr std::string_view kTables = R"sql(
  -- What time it is, in milliseconds since 1970 UTC: the only clock that leases, claims and events know.
  CREATE FUNCTION catalog_now() RETURNS bigint LANGUAGE sql STABLE
    AS 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

  CREATE TABLE nodes (
    id            text COLLATE "C" PRIMARY KEY,
    connector     text COLLATE "C" NOT NULL,
    drive         text COLLATE "C" NOT NULL,
    path          bytea NOT NULL,
    state         text COLLATE "C" NOT NULL,
    revision      bigint NOT NULL,
    last_sequence bigint NOT NULL DEFAULT 0,
    last_event_at bigint NOT NULL DEFAULT 0,
    body          bytea NOT NULL
  );
  CREATE INDEX nodes_by_connector ON nodes (connector, id);

  -- place: in the order of insertion, which is the order of a node's operations.
  CREATE TABLE operations (
    id            text COLLATE "C" PRIMARY KEY,
    place         bigint GENERATED ALWAYS AS IDENTITY,
    node          text COLLATE "C" NOT NULL REFERENCES nodes (id),
    connector     text COLLATE "C" NOT NULL,
    state         text COLLATE "C" NOT NULL,
    revision      bigint NOT NULL,
    created_at    bigint NOT NULL,
    look_again_at bigint,
    body          bytea NOT NULL
  );
  CREATE INDEX operations_by_node ON operations (node, place);
  CREATE INDEX operations_by_state ON operations (state, created_at, id);
  CREATE INDEX operations_by_connector ON operations (connector, state, created_at, id);
  CREATE INDEX operations_due ON operations (look_again_at, id) WHERE look_again_at IS NOT NULL;

  CREATE TABLE idempotency (
    connector      text COLLATE "C" NOT NULL,
    key            text COLLATE "C" NOT NULL,
    request_sha256 text NOT NULL,
    upload         text COLLATE "C" NOT NULL,
    kept_until     bigint NOT NULL,
    PRIMARY KEY (connector, key)
  );
  CREATE INDEX idempotency_kept_until ON idempotency (kept_until);

  CREATE TABLE store_findings (
    store    text COLLATE "C" PRIMARY KEY,
    finding  text NOT NULL,
    found_at bigint NOT NULL
  );

  -- By their marks commits are found whose answer was lost.
  CREATE TABLE commits (
    mark    text COLLATE "C" PRIMARY KEY,
    made_at bigint NOT NULL,
    done    boolean NOT NULL
  );
  CREATE INDEX commits_made_at ON commits (made_at);
)sql";

constexpr std::string_view kOutbox = R"sql(
  CREATE TABLE outbox (
    place     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node      text COLLATE "C" NOT NULL,
    event_id  text COLLATE "C" NOT NULL,
    sequence  bigint NOT NULL,
    timestamp bigint NOT NULL,
    tries     integer NOT NULL DEFAULT 0,
    body      bytea NOT NULL
  );
  CREATE INDEX outbox_by_node ON outbox (node, sequence);

  -- The nodes that have rows in the outbox: who drains them until when, or ('') when they may be tried.
  -- Whoever adds rows of a node locks its row here, and so does who takes it away because there are no more.
  CREATE TABLE drains (
    node    text COLLATE "C" PRIMARY KEY,
    drainer text COLLATE "C" NOT NULL,
    until   bigint NOT NULL
  );
  CREATE INDEX drains_by_until ON drains (until);
  CREATE INDEX drains_by_drainer ON drains (drainer, until) WHERE drainer <> '';

  -- Free nodes, who waits longest first, then those that this drainer has already, so that a node with many
  -- rows does not keep the others waiting. One after the other, so that no node is locked that is not taken;
  -- the rows of each are read when it is locked, so that none is seen that another drainer has published.
  CREATE FUNCTION claim_outbox(me text, most integer, claim_for bigint) RETURNS SETOF outbox
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
  DECLARE
    unclaimed CURSOR FOR SELECT d.node FROM drains d WHERE d.until <= catalog_now() AND d.drainer <> me
      ORDER BY d.until FOR UPDATE SKIP LOCKED;
    own CURSOR FOR SELECT d.node FROM drains d WHERE d.drainer = me AND d.drainer <> ''
      ORDER BY d.until FOR UPDATE SKIP LOCKED;
    taken text;
    room  integer := most;
    rows  integer;
  BEGIN
    OPEN unclaimed;
    OPEN own;
    WHILE room > 0 LOOP
      FETCH unclaimed INTO taken;
      IF NOT FOUND THEN FETCH own INTO taken; END IF;
      EXIT WHEN NOT FOUND;
      RETURN QUERY SELECT o.* FROM outbox o WHERE o.node = taken ORDER BY o.sequence LIMIT room;
      GET DIAGNOSTICS rows = ROW_COUNT;
      room := room - rows;
      UPDATE drains d SET drainer = me, until = catalog_now() + claim_for WHERE d.node = taken;
    END LOOP;
  END $$;

  -- A node with nothing left to publish needs no drainer. Locked first, then looked at.
  CREATE FUNCTION end_drains(of_nodes text[]) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
  BEGIN
    PERFORM 1 FROM drains d WHERE d.node = ANY (of_nodes) ORDER BY d.node FOR UPDATE;
    DELETE FROM drains d WHERE d.node = ANY (of_nodes) AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.node = d.node);
  END $$;

  CREATE FUNCTION mark_published(places bigint[]) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
  DECLARE of_nodes text[];
  BEGIN
    WITH published AS (DELETE FROM outbox o WHERE o.place = ANY (places) RETURNING o.node)
      SELECT array_agg(DISTINCT node) INTO of_nodes FROM published;
    PERFORM end_drains(of_nodes);
  END $$;
)sql";

// How many operations of a connector have not ended, counted in the transactions that change them; in several
// rows each, so that those transactions seldom wait for one another.
constexpr std::string_view kOpenOperations = R"sql(
  CREATE TABLE open_operations (
    connector text COLLATE "C" NOT NULL,
    part      integer NOT NULL,
    count     bigint NOT NULL,
    PRIMARY KEY (connector, part)
  ) WITH (fillfactor = 50);

  CREATE FUNCTION count_open(of_connector text, of_id text, change integer) RETURNS void
    LANGUAGE sql SET search_path FROM CURRENT
    AS $$ INSERT INTO open_operations AS o VALUES (of_connector, hashtext(of_id) & 15, change)
          ON CONFLICT (connector, part) DO UPDATE SET count = o.count + change $$;
  CREATE FUNCTION count_operation() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
  BEGIN
    IF TG_OP <> 'INSERT' AND old.state IN ('OPEN', 'COMPLETING') THEN
      PERFORM count_open(old.connector, old.id, -1);
    END IF;
    IF TG_OP <> 'DELETE' AND new.state IN ('OPEN', 'COMPLETING') THEN
      PERFORM count_open(new.connector, new.id, 1);
    END IF;
    RETURN NULL;
  END $$;
  CREATE TRIGGER count_begun AFTER INSERT OR DELETE ON operations
    FOR EACH ROW EXECUTE FUNCTION count_operation();
  CREATE TRIGGER count_changed AFTER UPDATE OF state, connector ON operations FOR EACH ROW
    WHEN ((old.state IN ('OPEN', 'COMPLETING')) <> (new.state IN ('OPEN', 'COMPLETING'))
          OR old.connector <> new.connector)
    EXECUTE FUNCTION count_operation();
)sql";

}  // namespace

const Schema& catalog_schema() {
  static const std::string version1 = std::string(kTables).append(kOutbox).append(kOpenOperations);
  static const std::array<std::string_view, 1> steps{version1};
  static const Schema schema{"the catalog", steps};
  return schema;
}

}  // namespace longshore::postgres
