#include "catalog/sqlite/sqlite_catalog.h"

#include <gtest/gtest.h>

#include "catalog/sqlite/catalog_schema.h"
#include "tests/fakes/await.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/temporary_folder.h"

// What only this adapter has: the file, and the end of a predecessor. All else is in the contract suite.

namespace longshore::sqlite {
namespace {

class SqliteCatalogFile : public testing::Test {
 protected:
  std::string path() const { return folder_.file("catalog.db"); }
  Database database() const { return Database({.path = path(), .reason = Reason::internal}); }

  static Node node() {
    Node node;
    node.id = NodeId{"node-1234"};
    node.connector = ConnectorId{"cli"};
    return node;
  }
  static Operation operation(int n, OperationState state) {
    Operation operation;
    operation.node = node().id;
    operation.id = upload_id_of(operation.node, n);
    operation.connector = ConnectorId{"cli"};
    operation.state = state;
    return operation;
  }
  Operation load(SqliteCatalog& catalog, int n) {
    const auto loaded = await(catalog.load(upload_id_of(node().id, n)));
    EXPECT_TRUE(loaded);
    return loaded ? loaded->operation : Operation{};
  }
  void add(SqliteCatalog& catalog, std::vector<Operation> operations, int events = 0) {
    Change change;
    if (!await(catalog.load_node(node().id))) change.node = NodeWrite{node(), 0};
    for (Operation& o : operations) change.operations.push_back({std::move(o), 0});
    for (int i = 0; i < events; ++i) {
      EventDraft event;
      event.node = node().id;
      change.events.push_back(event);
    }
    ASSERT_TRUE(await(catalog.commit(std::move(change))));
  }

  ManualClock clock_;
  TemporaryFolder folder_;
};

TEST_F(SqliteCatalogFile, WhatIsCommittedIsThereAfterARestart) {
  {
    SqliteCatalog catalog(path(), clock_);
    add(catalog, {operation(1, OperationState::open)}, 2);
  }
  SqliteCatalog catalog(path(), clock_);
  EXPECT_EQ(load(catalog, 1).revision, 1);
  const auto rows = await(catalog.peek_outbox(10));
  ASSERT_EQ(rows.size(), 2U);
  await(catalog.mark_published({rows[0].row, rows[1].row}));
  add(catalog, {operation(2, OperationState::open)}, 1);
  EXPECT_EQ(await(catalog.peek_outbox(10)).at(0).sequence, 3);
}

TEST_F(SqliteCatalogFile, ThePredecessorsLeasesAndMarksEnd) {
  const Time now = clock_.now();
  Operation leased = operation(1, OperationState::completing);
  leased.lease = Lease{AttemptId{"a1"}, now + Millis{20'000}, now - Millis{5}};
  leased.look_again_at = now + Millis{25'000};
  leased.error_message = "kept \xff \"as it is\"";
  Operation owned = operation(2, OperationState::open);
  owned.owner_until = now + Millis{20'000};
  Operation idle = operation(3, OperationState::open);
  idle.look_again_at = now + Millis{3'600'000};
  Operation ended_lease = operation(4, OperationState::completing);
  ended_lease.lease = Lease{AttemptId{"a4"}, now - Millis{1}, now - Millis{5}};
  ended_lease.look_again_at = now + Millis{7};
  {
    SqliteCatalog predecessor(path(), clock_);
    add(predecessor, {leased, owned, idle, ended_lease}, 1);
    ASSERT_EQ(await(predecessor.claim_outbox("old", 10, Millis{30'000})).size(), 1U);
  }
  SqliteCatalog catalog(path(), clock_);
  EXPECT_TRUE(await(catalog.claim_outbox("new", 10, Millis{30'000})).empty());
  await(catalog.end_predecessor());

  leased.lease->until = now;
  leased.look_again_at = now;
  owned.owner_until = now;
  owned.look_again_at = now;
  leased.revision = owned.revision = idle.revision = ended_lease.revision = 1;
  EXPECT_EQ(load(catalog, 1), leased);
  EXPECT_EQ(load(catalog, 2), owned);
  EXPECT_EQ(load(catalog, 3), idle) << "nobody held it";
  EXPECT_EQ(load(catalog, 4), ended_lease) << "it had ended already";
  EXPECT_EQ(await(catalog.claim_due(10, Millis{1000})).size(), 2U);
  EXPECT_EQ(await(catalog.claim_outbox("new", 10, Millis{30'000})).size(), 1U);
}

TEST_F(SqliteCatalogFile, ThePredecessorsCreatesAreNotWaitedFor) {
  const Time now = clock_.now();
  Operation creating = operation(1, OperationState::open);
  creating.creates_sent = 1;
  creating.create_deadline = now + Millis{60'000};
  creating.look_again_at = creating.create_deadline;
  Operation created = creating;
  created.id = operation(2, OperationState::open).id;
  created.store_upload = StoreUploadId{"s"};
  Operation ended = creating;
  ended.id = operation(3, OperationState::open).id;
  ended.state = OperationState::cancelled;
  {
    SqliteCatalog predecessor(path(), clock_);
    add(predecessor, {creating, created, ended});
  }
  SqliteCatalog catalog(path(), clock_);
  await(catalog.end_predecessor());
  creating.create_deadline = now;
  creating.look_again_at = now;
  creating.revision = created.revision = ended.revision = 1;
  EXPECT_EQ(load(catalog, 1), creating);
  EXPECT_EQ(load(catalog, 2), created) << "its create was answered";
  EXPECT_EQ(load(catalog, 3), ended);
  EXPECT_EQ(await(catalog.claim_due(10, Millis{1000})), std::vector{creating.id});
}

TEST_F(SqliteCatalogFile, ADeferredNodeStaysDeferredOverARestart) {
  {
    SqliteCatalog predecessor(path(), clock_);
    add(predecessor, {operation(1, OperationState::open)}, 1);
    ASSERT_EQ(await(predecessor.claim_outbox("old", 10, Millis{30'000})).size(), 1U);
    await(predecessor.release_outbox("old", {node().id}, Millis{5000}, 0));
  }
  SqliteCatalog catalog(path(), clock_);
  await(catalog.end_predecessor());
  EXPECT_TRUE(await(catalog.claim_outbox("new", 10, Millis{30'000})).empty());
  clock_.advance(Millis{5000});
  EXPECT_EQ(await(catalog.claim_outbox("new", 10, Millis{30'000})).size(), 1U);
}

TEST_F(SqliteCatalogFile, ANewerFileIsRefused) {
  {
    Database db = database();
    migrate(db, catalog_schema());
    db.execute("PRAGMA user_version = 99");
  }
  try {
    const SqliteCatalog catalog(path(), clock_);
    FAIL() << "it was opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Reason::catalog_unavailable);
    EXPECT_EQ(error.outcome(), Outcome::refused);
    EXPECT_EQ(error.message(),
              "the catalog has schema version 99, but this release knows versions up to 3; start the newer "
              "release that"
              " made it, or restore a backup from before");
  }
}

/// Rows as the first version of the format wrote them (docs/formats/catalog.md), by hand.
TEST_F(SqliteCatalogFile, ReadsAFileOfVersion1) {
  {
    Database db = database();
    migrate(db, {"the catalog", catalog_schema().steps.first(1)});
    db.execute(R"sql(
      INSERT INTO nodes (id, connector, drive, path, state, revision, last_sequence, last_event_at, body) VALUES
        ('node-1234', 'cli', 'default', 'in', 'PENDING', 3, 7, 1700000000000,
         '{"attributes":{"name":"a","path":"in"},"latest":"node-1234","operations":1,"created_at":5}');
      INSERT INTO operations (id, node, connector, state, revision, created_at, look_again_at, body) VALUES
        ('node-1234', 'node-1234', 'cli', 'OPEN', 2, 5, NULL,
         '{"kind":"upload","drive":"default","key":"k","token":"t","store_upload":"s","creates_sent":1}');
      INSERT INTO outbox (node, event_id, sequence, timestamp, tries, body) VALUES
        ('node-1234', '0011223344556677', 7, 1700000000000, 2,
         '{"type":"uploads.initiated","connector":"cli","upload":"node-1234","facts":{"s3_key":"k"}}');
      INSERT INTO drains (node, drainer, until) VALUES ('node-1234', '', 0);
    )sql");
  }
  SqliteCatalog catalog(path(), clock_);
  const auto loaded = await(catalog.load(UploadId{"node-1234"}));
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->operation.store_upload, StoreUploadId{"s"});
  EXPECT_EQ(loaded->operation.revision, 2);
  EXPECT_EQ(loaded->node.attributes.name, "a");
  EXPECT_EQ(loaded->node.operations, 1);
  const auto rows = await(catalog.claim_outbox("d", 10, Millis{1000}));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].event_id, "0011223344556677");
  EXPECT_EQ(rows[0].tries, 2);
  EXPECT_EQ(rows[0].event.facts.s3_key, "k");
  EXPECT_EQ(await(catalog.count_open(ConnectorId{"cli"}, 10)), 1);
}

TEST_F(SqliteCatalogFile, AFileOfVersion2KeepsFindingsFromNowOn) {
  {
    Database db = database();
    migrate(db, {"the catalog", catalog_schema().steps.first(2)});
    db.execute("INSERT INTO open_operations VALUES ('cli', 4)");
  }
  {
    SqliteCatalog catalog(path(), clock_);
    EXPECT_FALSE(await(catalog.load_finding("s")));
    EXPECT_EQ(await(catalog.count_open(ConnectorId{"cli"}, 10)), 4);
    await(catalog.keep_finding("s", "it can"));
  }
  SqliteCatalog catalog(path(), clock_);
  await(catalog.end_predecessor());
  EXPECT_EQ(await(catalog.load_finding("s")).value().text, "it can");
}

TEST_F(SqliteCatalogFile, ARowThatCannotBeReadIsSaidToBe) {
  {
    SqliteCatalog catalog(path(), clock_);
    add(catalog, {operation(1, OperationState::open)});
  }
  database().execute("UPDATE operations SET body = '{\"kind\":1}'");
  SqliteCatalog catalog(path(), clock_);
  try {
    static_cast<void>(await(catalog.load(operation(1, OperationState::open).id)));
    FAIL() << "it was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Reason::internal);
    EXPECT_EQ(error.message(), "a row of the catalog cannot be read: kind is not a text");
  }
}

TEST_F(SqliteCatalogFile, APageIsNeverLargerThanItsBound) {
  SqliteCatalog catalog(path(), clock_);
  Change change;
  change.node = NodeWrite{node(), 0};
  for (int n = 1; n <= SqliteCatalog::kPageMax + 1; ++n) {
    change.operations.push_back({operation(n, OperationState::completed), 0});
  }
  ASSERT_TRUE(await(catalog.commit(std::move(change))));
  EXPECT_EQ(std::ssize(await(catalog.list_uploads({.page_size = 1'000'000})).uploads),
            SqliteCatalog::kPageMax);
  EXPECT_EQ(std::ssize(await(catalog.list_uploads({.page_size = 0})).uploads), 1);
  EXPECT_EQ(std::ssize(await(catalog.list_uploads({.page_size = -5})).uploads), 1);
}

}  // namespace
}  // namespace longshore::sqlite
