// No call that a part, a sweep or a list makes may walk a table, and what a completion or a status asks of a
// session may walk that session alone: what each statement costs is measured in steps of SQLite's machine, on
// tables that are large beside what the call is about.

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <mutex>
#include <string>
#include <variant>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "base/units.h"
#include "catalog/sqlite/sqlite_catalog.h"
#include "state/sqlite/sqlite_session_store.h"
#include "tests/contract/catalog_samples.h"
#include "tests/fakes/await.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/temporary_folder.h"

namespace longshore::sqlite {
namespace {

/// Measures every statement of every connection that is opened while it lives.
class Costs {
 public:
  Costs() {
    current_ = this;
    sqlite3_auto_extension(entry());
  }
  Costs(const Costs&) = delete;
  Costs& operator=(const Costs&) = delete;
  ~Costs() {
    sqlite3_cancel_auto_extension(entry());
    current_ = nullptr;
  }

  void forget() {
    const std::lock_guard lock(mutex_);
    most_.clear();
    runs_.clear();
  }
  /// How often statements ran that hold this text.
  int runs(std::string_view text) {
    const std::lock_guard lock(mutex_);
    int sum = 0;
    for (const auto& [sql, count] : runs_) sum += sql.find(text) == std::string::npos ? 0 : count;
    return sum;
  }
  /// The dearest run of each statement that took more than `steps`.
  std::string above(int steps) {
    const std::lock_guard lock(mutex_);
    std::string found;
    for (const auto& [sql, most] : most_) {
      if (most > steps) found += std::to_string(most) + " steps: " + sql + "\n";
    }
    return found;
  }

 private:
  using Entry = void (*)();

  static int trace(unsigned, void*, void* statement, void*) {
    auto* stmt = static_cast<sqlite3_stmt*>(statement);
    const int steps = sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_VM_STEP, 1);
    const std::lock_guard lock(current_->mutex_);
    int& most = current_->most_[sqlite3_sql(stmt)];
    most = std::max(most, steps);
    ++current_->runs_[sqlite3_sql(stmt)];
    return 0;
  }
  static int install(sqlite3* database, const char**, const void*) {
    return sqlite3_trace_v2(database, SQLITE_TRACE_PROFILE, trace, nullptr);
  }
  // SQLite takes extensions as functions without parameters, and calls them with three.
  static Entry entry() { return std::bit_cast<Entry>(&install); }

  static inline Costs* current_ = nullptr;
  std::mutex mutex_;
  std::map<std::string, int> most_;
  std::map<std::string, int> runs_;
};

constexpr int kRows = 3000;
/// Some twenty rows a call, with some dozens of steps a row, are far below this; three thousand rows far
/// above.
constexpr int kStepsMax = 5000;
constexpr int kLimit = 20;
/// What a page of filtered nodes may cost: the rows that it may look at, with some steps each.
constexpr int kLookStepsMax = 30 * SqliteCatalog::kLookedAtMax;

class SqliteCost : public testing::Test {
 protected:
  Costs costs_;
  ManualClock clock_;
  TemporaryFolder folder_;
};

void fill(SqliteCatalog& catalog, Time now) {
  using enum OperationState;
  constexpr std::array kStates{open, completing, completed, failed, cancelled, expired};
  std::vector<Task<bool>> initiates;
  for (int i = 0; i < kRows; ++i) {
    Change change;
    change.node = NodeWrite{sample_node(i), 0};
    Operation operation = sample_operation(i, 1, now + Millis{i});
    operation.state = kStates[static_cast<std::size_t>(i) % kStates.size()];
    if (i % 2 == 0) operation.look_again_at = now + Millis{i};
    change.operations.push_back({std::move(operation), 0});
    change.events.push_back(sample_event(i, EventType::upload_initiated));
    change.idempotency = IdempotencyRecord{ConnectorId{"cli"}, std::to_string(i), "", {}, now + Millis{i}};
    initiates.push_back(catalog.commit(std::move(change)));
  }
  const auto made = await_all(std::move(initiates));
  ASSERT_EQ(std::ranges::count(made, true), kRows);
}

TEST_F(SqliteCost, TheCatalogWalksNoTable) {
  SqliteCatalog catalog(folder_.file("catalog.db"), clock_);
  const Time now = clock_.now();
  fill(catalog, now);
  clock_.advance(Millis{kRows});
  costs_.forget();

  const UploadId one = sample_operation(1500, 1, now).id;
  auto loaded = await(catalog.load(one));
  ASSERT_TRUE(loaded);
  Change change;
  change.node = NodeWrite{loaded->node, 1};
  change.operations.push_back({loaded->operation, 1});
  change.operations.push_back({sample_operation(1500, 2, now), 0});
  change.idempotency = IdempotencyRecord{ConnectorId{"cli"}, "new", "", one, clock_.now()};
  change.events.assign(2, sample_event(1500, EventType::upload_completed));
  ASSERT_TRUE(await(catalog.commit(change)));
  await(catalog.load_node(sample_node_id(7)));
  await(catalog.find_idempotency(ConnectorId{"cli"}, "7"));
  await(catalog.operations_of({.node = sample_node_id(1500), .page_size = kLimit}));
  EXPECT_EQ(await(catalog.count_open(ConnectorId{"cli"}, kRows)), kRows / 3 + 1);

  const ConnectorId cli{"cli"};
  UploadPage uploads = await(catalog.list_uploads({.page_size = kLimit}));
  await(catalog.list_uploads({.page_size = kLimit, .page_token = uploads.next_page_token}));
  await(catalog.list_uploads({.states = {OperationState::expired}, .connector = cli, .page_size = kLimit}));
  await(catalog.list_uploads({.created_before = now + Millis{kRows / 2}, .page_size = kLimit}));
  NodePage nodes = await(catalog.list_nodes({.page_size = kLimit}));
  await(catalog.list_nodes({.connector = cli, .page_size = kLimit, .page_token = nodes.next_page_token}));

  await(catalog.claim_due(kLimit, Millis{1'000'000}));
  await(catalog.forget(sample_operation(2, 1, now).id, 1, true));
  await(catalog.forget_idempotency(kLimit));

  auto rows = await(catalog.claim_outbox("d", kLimit, Millis{1000}));
  ASSERT_EQ(std::ssize(rows), kLimit);
  await(catalog.mark_published({rows[0].row, rows[1].row}));
  await(catalog.release_outbox("d", {rows[2].event.node}, Millis{1000}, rows[2].row));
  await(catalog.claim_outbox("d", kLimit, Millis{1000}));
  await(catalog.peek_outbox(kLimit));
  await(catalog.outbox_state());
  EXPECT_EQ(costs_.above(kStepsMax), "");

  await(catalog.skip_outbox("no such event"));
  EXPECT_NE(costs_.above(kStepsMax), "") << "a person's search walks the outbox: the measure works";
}

void add_nodes(const std::string& path, int count) {
  Database db({.path = path, .reason = Reason::internal});
  db.run(
      "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
      " INSERT INTO nodes (id, connector, drive, path, state, revision, body)"
      " SELECT format('node-%09d', n), 'cli', 'default', iif(n % 7000 = 0, 'rare', 'in'), 'ACTIVE', 1, '{}'"
      " FROM numbers",
      count);
}

TEST_F(SqliteCost, APageOfFewAmongManyNodesComesShort) {
  constexpr int kNodes = 4 * SqliteCatalog::kLookedAtMax;
  SqliteCatalog catalog(folder_.file("catalog.db"), clock_);
  add_nodes(folder_.file("catalog.db"), kNodes);
  costs_.forget();
  for (const char* connector : {"", "cli"}) {
    NodeQuery query{.connector = ConnectorId{connector}, .path_prefix = "rare", .page_size = kLimit};
    std::vector<NodeId> found;
    int pages = 0;
    do {
      const NodePage page = await(catalog.list_nodes(query));
      for (const Node& node : page.nodes) found.push_back(node.id);
      query.page_token = page.next_page_token;
      ++pages;
    } while (!query.page_token.empty());
    EXPECT_EQ(found, (std::vector{sample_node_id(7000), sample_node_id(14'000)}));
    EXPECT_EQ(pages, 1 + kNodes / SqliteCatalog::kLookedAtMax);
  }
  EXPECT_EQ(costs_.above(kLookStepsMax), "");
}

/// A session store with two uploads of many parts, and tombstones of others.
class SqliteSessionCost : public SqliteCost {
 protected:
  SqliteSessionCost() {
    for (const char* upload : {"upload-1", "upload-2"}) create(UploadId{upload}, kRows);
    for (int i = 0; i < kRows / 10; ++i) {
      await(store_.end(sample_operation(i, 1, clock_.now()).id, Millis{1}));
    }
    clock_.advance(Millis{1});
    costs_.forget();
  }

  void create(const UploadId& upload, int parts) {
    SessionInfo info;
    info.upload = upload;
    info.part_bytes_min = kPartBytes;
    info.part_bytes_max = 5 * GiB;
    info.parts_max = 10'000;
    info.parts_in_flight_max = 10;
    await(store_.create(info, AttemptId{}));
    await(store_.merge_listed(upload, list(parts), clock_.now()));
  }
  static std::vector<ListedPart> list(int parts) {
    std::vector<ListedPart> listed;
    for (int chunk = 0; chunk < parts; ++chunk) {
      listed.push_back({part_of(ChunkIndex{chunk}), ETag{"e"}, kPartBytes, 7});
    }
    return listed;
  }

  static constexpr std::int64_t kPartBytes = 5 * MiB;
  static constexpr Millis kLifetime{10'000};
  const UploadId upload_{"upload-2"};
  SqliteSessionStore store_{folder_.file("state.db"), clock_};
};

TEST_F(SqliteSessionCost, APartOfManyWalksNoTable) {
  const BeginPart request{ChunkIndex{kRows / 2}, kPartBytes, 8, false, AttemptId{"a"}};
  EXPECT_TRUE(std::holds_alternative<PartBegun>(await(store_.begin_part(upload_, request, kLifetime))));
  EXPECT_TRUE(await(store_.renew_attempt(upload_, request.chunk, request.attempt, kLifetime)));
  const Receipt receipt{ETag{"f"}, kPartBytes, 8};
  const RecordAnswer recorded = await(store_.record_part(upload_, request.chunk, request.attempt, receipt));
  EXPECT_EQ(recorded.summary.received, kRows);
  EXPECT_TRUE(std::holds_alternative<PartThere>(await(store_.begin_part(upload_, request, kLifetime))));
  await(store_.drop_attempt(upload_, request.chunk, request.attempt));

  BeginPart last = request;
  last.chunk = ChunkIndex{kRows};
  last.last = true;
  EXPECT_TRUE(std::holds_alternative<PartBegun>(await(store_.begin_part(upload_, last, kLifetime))));
  EXPECT_TRUE(await(store_.record_part(upload_, last.chunk, last.attempt, receipt)).summary.whole);
  await(store_.summaries({UploadId{"upload-1"}, upload_}));
  await(store_.repair(upload_, {{ChunkIndex{7}, ETag{"e"}, ETag{"f"}}, {ChunkIndex{8}, ETag{"e"}, {}}}));
  await(store_.forget_ended(kLimit));
  await(store_.reopen(upload_, AttemptId{"nobody"}));
  EXPECT_EQ(costs_.above(kStepsMax), "");
}

TEST_F(SqliteSessionCost, WhatLooksAtASessionLooksAtNoOther) {
  const UploadId small{"upload-3"};
  create(small, kLimit);
  EXPECT_EQ(await(store_.snapshot(small))->entries.size(), std::size_t{kLimit});
  await(store_.merge_listed(small, list(kLimit + 1), clock_.now()));
  EXPECT_EQ(await(store_.close(small, AttemptId{"c"}))->entries.size(), std::size_t{kLimit + 1});
  await(store_.end(small, Millis{1}));
  EXPECT_EQ(costs_.above(kStepsMax), "");
}

TEST_F(SqliteSessionCost, AListThatTellsNothingNewIsReadOnce) {
  await(store_.merge_listed(upload_, list(kRows), clock_.now()));
  EXPECT_EQ(costs_.runs("FROM parts"), 1);
  EXPECT_EQ(costs_.runs("INTO parts"), 0);
}

TEST_F(SqliteSessionCost, ALargeSessionIsLookedAtOnce) {
  constexpr int kSessionStepsMax = 60 * kRows;
  await(store_.snapshot(upload_));
  await(store_.close(upload_, AttemptId{"c"}));
  await(store_.end(upload_, Millis{1}));
  EXPECT_EQ(costs_.above(kSessionStepsMax), "");
  EXPECT_NE(costs_.above(kStepsMax), "") << "it has that many rows: the measure works";
}

}  // namespace
}  // namespace longshore::sqlite
