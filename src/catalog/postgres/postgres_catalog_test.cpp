// What only this adapter has: several servers on one catalog, the database's clock, its locks and plans.

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include <pqxx/connection>
#include <pqxx/transaction>

#include "catalog/postgres/catalog_schema.h"
#include "catalog/postgres/fixture_test.h"

namespace longshore::postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr Millis kClaim{30'000};

class SharedCatalog : public PostgresCatalogs {
 protected:
  /// Somebody else's transaction, which holds what it has locked.
  class Holder {
   public:
    Holder(const std::string& schema, const std::string& sql)
        : connection_("host=" + the_postgres().socket + " port=" + std::to_string(the_postgres().port) +
                      " user=postgres dbname=uploads"),
          transaction_(connection_) {
      transaction_.exec("SET search_path = " + schema + ";" + sql);
    }

   private:
    pqxx::connection connection_;
    pqxx::work transaction_;
  };

  static std::set<std::string> nodes_of(const std::vector<OutboxRow>& rows) {
    std::set<std::string> nodes;
    for (const OutboxRow& row : rows) nodes.insert(row.event.node.str());
    return nodes;
  }
};

TEST_F(SharedCatalog, OneServerSeesWhatAnotherHasDone) {
  const auto a = catalog(options());
  const auto b = catalog(options());
  ASSERT_TRUE(add(*a, 1));
  EXPECT_TRUE(is_there(*b, 1));
  EXPECT_FALSE(add(*b, 1));
  EXPECT_EQ(await(b->claim_outbox("b", 10, kClaim)).size(), 1U);
  EXPECT_TRUE(await(a->claim_outbox("a", 10, kClaim)).empty());
}

TEST_F(SharedCatalog, TheDatabaseSaysWhatTimeItIs) {
  const auto a = catalog(options());
  const Time now = await(a->now());
  EXPECT_EQ(
      tell("SELECT abs(extract(epoch FROM now()) * 1000 - " + std::to_string(epoch_ms(now)) + ") < 5000"),
      "t");
  tell(
      "CREATE OR REPLACE FUNCTION catalog_now() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 1000::bigint'");
  EXPECT_EQ(await(a->now()), from_epoch_ms(1000));
  ASSERT_TRUE(add(*a, 1));
  EXPECT_EQ(await(a->peek_outbox(1)).at(0).timestamp, from_epoch_ms(1000));
}

TEST_F(SharedCatalog, AFreshEventIsHeardByEveryServerWithinMilliseconds) {
  std::atomic<int> heard = 0;
  const auto a = catalog(options());
  const auto b = catalog(options(), [&] { ++heard; });
  const auto wait_for = [&](int more) {
    const auto end = steady_clock::now() + std::chrono::seconds{20};
    while (heard < more && steady_clock::now() < end) await(AsioTimers().sleep_for(Millis{1}));
  };
  wait_for(1);  // it listens
  auto fastest = steady_clock::duration::max();
  for (int number = 1; number <= 10; ++number) {
    const int before = heard;
    ASSERT_TRUE(add(*a, number));
    const auto committed = steady_clock::now();
    wait_for(before + 1);
    ASSERT_GT(heard, before);
    fastest = std::min(fastest, steady_clock::now() - committed);
  }
  EXPECT_LT(fastest, milliseconds{50});
}

TEST_F(SharedCatalog, ADrainPassesOverWhatAnotherHasLocked) {
  const auto a = catalog(options());
  for (const int number : {1, 2, 3}) ASSERT_TRUE(add(*a, number));
  const Holder holder(schema, "SELECT 1 FROM drains WHERE node = '" + node_id(2).str() + "' FOR UPDATE");
  EXPECT_EQ(nodes_of(await(a->claim_outbox("a", 10, kClaim))),
            (std::set{node_id(1).str(), node_id(3).str()}));
}

TEST_F(SharedCatalog, TwoDrainsAtOnceTakeDifferentRows) {
  const auto a = catalog(options());
  const auto b = catalog(options());
  for (int number = 1; number <= 40; ++number) ASSERT_TRUE(add(*a, number));
  std::vector<Task<std::vector<OutboxRow>>> both;
  both.push_back(a->claim_outbox("a", 20, kClaim));
  both.push_back(b->claim_outbox("b", 20, kClaim));
  const auto claimed = await_all(std::move(both));
  std::set<std::string> nodes = nodes_of(claimed[0]);
  nodes.merge(nodes_of(claimed[1]));
  EXPECT_EQ(nodes.size(), 40U);
}

TEST_F(SharedCatalog, ASweepPassesOverWhatAnotherHasLocked) {
  const auto a = catalog(options());
  for (const int number : {1, 2, 3}) ASSERT_TRUE(add(*a, number));
  tell("UPDATE operations SET look_again_at = 1");
  const Holder holder(schema, "SELECT 1 FROM operations WHERE id = '" + upload_id(2).str() + "' FOR UPDATE");
  EXPECT_EQ(await(a->claim_due(10, kClaim)), (std::vector{upload_id(1), upload_id(3)}));
}

/// A drain that has just published the last row of a node, while another server commits one more.
TEST_F(SharedCatalog, AnEventThatComesAsItsNodeIsDrainedIsNotForgotten) {
  const auto a = catalog(options());
  const auto b = catalog(options());
  ASSERT_TRUE(add(*a, 1));
  std::atomic<bool> ended = false;
  std::thread drain([&] {
    while (!ended || await(a->outbox_state()).waiting > 0) {
      std::vector<std::int64_t> rows;
      for (const OutboxRow& row : await(a->claim_outbox("a", 10, kClaim))) rows.push_back(row.row);
      await(a->mark_published(rows));
    }
  });
  Change more;
  more.events.push_back(initiate(1).events[0]);
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(await(b->commit(more)));
  ended = true;
  drain.join();
  EXPECT_EQ(tell("SELECT count(*) FROM drains"), "0");
  EXPECT_EQ(tell("SELECT last_sequence FROM nodes"), "201");
}

/// The same, one step at a time: a commit stands still behind its event while the node's last row is
/// published.
TEST_F(SharedCatalog, ANodeKeepsItsDrainForAnEventThatIsNotCommittedYet) {
  const auto a = catalog(options());
  const auto b = catalog(options());
  ASSERT_TRUE(add(*a, 1));
  const auto rows = await(a->claim_outbox("a", 10, kClaim));
  auto holder = std::make_unique<Holder>(schema, "LOCK TABLE commits IN EXCLUSIVE MODE");
  std::thread writer([&] {
    Change more;
    more.events.push_back(initiate(1).events[0]);
    EXPECT_TRUE(await(b->commit(more)));
  });
  const auto waits = [&](const std::string& lock) {
    return tell("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype " + lock) == "1";
  };
  while (!waits("= 'relation'")) await(timers_.sleep_for(Millis{1}));
  std::thread drain([&] { await(a->mark_published({rows.at(0).row})); });
  for (int i = 0; i < 200 && !waits("<> 'relation'"); ++i) await(timers_.sleep_for(Millis{1}));
  holder.reset();
  writer.join();
  drain.join();
  EXPECT_EQ(await(a->claim_outbox("a", 10, kClaim)).size(), 1U) << "nobody would ever look for it";
}

TEST_F(SharedCatalog, MarksOfCommitsAreDroppedAfterAnHour) {
  const auto a = catalog(options());
  ASSERT_TRUE(add(*a, 1));
  await(a->forget_idempotency(10));
  EXPECT_EQ(tell("SELECT count(*) FROM commits"), "1");
  tell("UPDATE commits SET made_at = made_at - 3600001");
  await(a->forget_idempotency(10));
  EXPECT_EQ(tell("SELECT count(*) FROM commits"), "0");
}

TEST_F(SharedCatalog, TextsMayHoldAnyBytes) {
  const auto a = catalog(options());
  Change change = initiate(1);
  const std::string odd("\0 \xff \\ ' \"", 9);
  change.node->node.attributes.path = odd;
  change.operations[0].operation.error_message = odd;
  ASSERT_TRUE(await(a->commit(change)));
  const auto loaded = await(a->load(upload_id(1))).value();
  EXPECT_EQ(loaded.operation.error_message, odd);
  EXPECT_EQ(loaded.node.attributes.path, odd);
  EXPECT_EQ(await(a->list_nodes({.path_prefix = odd})).nodes.size(), 1U);
}

TEST_F(SharedCatalog, ARowThatCannotBeReadIsSaidToBe) {
  const auto a = catalog(options());
  ASSERT_TRUE(add(*a, 1));
  tell("UPDATE operations SET body = '{\"kind\":1}'");
  try {
    await(a->load(upload_id(1)));
    FAIL() << "it was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Reason::internal);
    EXPECT_EQ(error.message(), "a row of the catalog cannot be read: kind is not a text");
  }
}

TEST_F(SharedCatalog, ANewerOneIsRefused) {
  catalog(options())->open();
  tell("UPDATE schema_version SET version = 99");
  const auto a = catalog(options());
  EXPECT_THROW(a->open(), Error);
  try {
    await(a->now());
    FAIL() << "it was used";
  } catch (const Error& error) {
    EXPECT_EQ(error.outcome(), Outcome::refused);
    EXPECT_NE(error.message().find("schema version 99"), std::string::npos);
  }
}

/// The statements of docs/operators-guide.md for a server that may not change the schema.
TEST_F(SharedCatalog, AServerNeedsNoMoreRightsThanTheGuideSays) {
  catalog(options())->open();
  const std::string role = "server_" + schema;
  tell("CREATE ROLE " + role +
       " LOGIN PASSWORD 's';"
       "GRANT USAGE ON SCHEMA " +
       schema + " TO " + role +
       ";"
       "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " +
       schema + " TO " + role);
  Options as_server = options();
  as_server.url = "host=127.0.0.1 port=" + std::to_string(the_postgres().port) +
                  " dbname=uploads user=" + role;
  as_server.password = Secret("s");
  const auto a = catalog(as_server);
  a->open();
  ASSERT_TRUE(add(*a, 1));
  const auto rows = await(a->claim_outbox("a", 10, kClaim));
  ASSERT_EQ(rows.size(), 1U);
  await(a->release_outbox("a", {node_id(1)}, Millis{0}, rows[0].row));
  await(a->mark_published({rows[0].row}));
  await(a->keep_finding("s", "it can"));
  EXPECT_TRUE(await(a->claim_due(10, kClaim)).empty());
  EXPECT_EQ(await(a->forget_idempotency(10)), 0);
}

/// The server itself says what it did: the plan of each statement that it runs goes into its log.
TEST_F(SharedCatalog, EndedUploadsCostTheSweepAndTheDrainNothing) {
  catalog(options())->open();
  tell(
      "INSERT INTO nodes (id, connector, drive, path, state, revision, body)"
      "  SELECT 'n' || i, 'c', 'd', '', 'ACTIVE', 1, '{}' FROM generate_series(1, 50000) i;"
      "INSERT INTO operations (id, node, connector, state, revision, created_at, look_again_at, body)"
      "  SELECT 'n' || i, 'n' || i, 'c', CASE WHEN i % 500 = 0 THEN 'OPEN' ELSE 'COMPLETED' END, 1, i,"
      "    CASE WHEN i % 500 = 0 THEN i END, '{}' FROM generate_series(1, 50000) i;"
      "ANALYZE nodes; ANALYZE operations; ANALYZE outbox; ANALYZE drains");
  the_postgres().tell("ALTER ROLE uploads SET session_preload_libraries = 'auto_explain'");
  the_postgres().tell("ALTER ROLE uploads SET auto_explain.log_min_duration = 0");
  the_postgres().tell("ALTER ROLE uploads SET auto_explain.log_nested_statements = on");
  the_postgres().tell("ALTER ROLE uploads SET auto_explain.log_analyze = on");
  const std::string before = the_postgres().logged();
  {
    const auto a = catalog(options());
    EXPECT_EQ(await(a->claim_due(20, kClaim)).size(), 20U);
    ASSERT_TRUE(add(*a, 1));
    const auto rows = await(a->claim_outbox("a", 20, kClaim));
    ASSERT_EQ(rows.size(), 1U);
    await(a->mark_published({rows[0].row}));
  }
  the_postgres().tell("ALTER ROLE uploads RESET ALL");
  const std::string plans = the_postgres().logged().substr(before.size());
  EXPECT_NE(plans.find("Index Scan using operations_due on operations"), std::string::npos) << plans;
  EXPECT_EQ(plans.find("Seq Scan on operations"), std::string::npos) << plans;
  EXPECT_EQ(plans.find("Seq Scan on nodes"), std::string::npos) << plans;
  EXPECT_NE(plans.find("FROM drains d WHERE d.until"), std::string::npos)
      << "the drain's own statements are there";
}

}  // namespace
}  // namespace longshore::postgres
