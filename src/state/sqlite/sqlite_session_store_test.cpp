#include "state/sqlite/sqlite_session_store.h"

#include <variant>

#include <gtest/gtest.h>

#include "state/sqlite/session_schema.h"
#include "tests/fakes/await.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/temporary_folder.h"

// What only this adapter has: the file, and the end of a predecessor. All else is in the contract suite.

namespace longshore::sqlite {
namespace {

class SqliteSessionFile : public testing::Test {
 protected:
  std::string path() const { return folder_.file("state.db"); }
  Database database() const { return Database({.path = path(), .reason = Reason::internal}); }

  static SessionInfo info() {
    SessionInfo info;
    info.upload = UploadId{"node-1234"};
    info.part_bytes_min = 1;
    info.part_bytes_max = 1000;
    info.parts_max = 100;
    info.parts_in_flight_max = 10;
    return info;
  }
  static bool begins(SqliteSessionStore& store, int chunk, const std::string& attempt) {
    const BeginPart request{ChunkIndex{chunk}, 10, std::nullopt, false, AttemptId{attempt}};
    return std::holds_alternative<PartBegun>(await(store.begin_part(info().upload, request, Millis{10'000})));
  }

  ManualClock clock_;
  TemporaryFolder folder_;
};

TEST_F(SqliteSessionFile, ReceiptsOutliveTheProcessAndAttemptsDoNot) {
  {
    SqliteSessionStore predecessor(path(), clock_);
    await(predecessor.create(info(), AttemptId{}));
    ASSERT_TRUE(begins(predecessor, 0, "a"));
    await(predecessor.record_part(info().upload, ChunkIndex{0}, AttemptId{"a"}, Receipt{ETag{"e"}, 10, 7}));
    ASSERT_TRUE(begins(predecessor, 1, "b"));
    await(predecessor.end(UploadId{"node-5678"}, Millis{1000}));
    await(predecessor.close(info().upload, AttemptId{"completion"}));
  }
  SqliteSessionStore store(path(), clock_);
  await(store.end_predecessor());
  const auto ledger = await(store.snapshot(info().upload));
  ASSERT_TRUE(ledger);
  ASSERT_EQ(ledger->entries.size(), 1U);
  EXPECT_EQ(ledger->entries.at(ChunkIndex{0}).receipt, (Receipt{ETag{"e"}, 10, 7}));
  EXPECT_EQ(ledger->closed_by, AttemptId{"completion"}) << "the catalog says whose turn it is";
  EXPECT_FALSE(await(store.renew_attempt(info().upload, ChunkIndex{1}, AttemptId{"b"}, Millis{10'000})));
  await(store.reopen(info().upload, AttemptId{"completion"}));
  EXPECT_TRUE(begins(store, 1, "c")) << "nobody is waited for";
}

TEST_F(SqliteSessionFile, ANewerFileIsRefused) {
  {
    Database db = database();
    migrate(db, session_schema());
    db.execute("PRAGMA user_version = 99");
  }
  try {
    const SqliteSessionStore store(path(), clock_);
    FAIL() << "it was opened";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Reason::state_unavailable);
    EXPECT_NE(error.message().find("version 99"), std::string::npos) << error.message();
  }
}

/// Rows as the first version of the format wrote them (docs/formats/session.md), by hand.
TEST_F(SqliteSessionFile, ReadsAFileOfVersion1) {
  {
    Database db = database();
    migrate(db, {"the session store", session_schema().steps.first(1)});
    db.execute(R"sql(
      INSERT INTO sessions (id, upload, drive, key, store_upload, part_bytes_min, part_bytes_max, parts_max,
        parts_in_flight_max, chunk_size, expected_size, last, closed_by, last_activity, listed_at) VALUES
        (1, 'node-1234', 'default', 'k', 's', 5, 9, 100, 10, NULL, 20, 2, '', 1700000000000, 0);
      INSERT INTO parts (session, chunk, size, closing, etag, crc32c, attempt, until, said_last) VALUES
        (1, 0, 9, 0, 'e0', 4294967295, NULL, NULL, NULL), (1, 2, 2, 1, 'e2', NULL, NULL, NULL, NULL),
        (1, 1, 9, 0, NULL, NULL, 'a1', 1700000000001, 0);
      INSERT INTO tombstones (upload, until) VALUES ('node-5678', 1800000000000);
    )sql");
  }
  SqliteSessionStore store(path(), clock_);
  const auto ledger = await(store.snapshot(info().upload));
  ASSERT_TRUE(ledger);
  EXPECT_EQ(ledger->info.store_upload, StoreUploadId{"s"});
  EXPECT_EQ(ledger->info.last, ChunkIndex{2});
  EXPECT_EQ(ledger->entries.at(ChunkIndex{0}).receipt, (Receipt{ETag{"e0"}, 9, 0xffffffff}));
  EXPECT_EQ(ledger->entries.at(ChunkIndex{2}).receipt, (Receipt{ETag{"e2"}, 2, std::nullopt}));
  EXPECT_EQ(ledger->entries.at(ChunkIndex{1}).attempt,
            (Attempt{AttemptId{"a1"}, from_epoch_ms(1'700'000'000'001), 9, false}));
  const auto summary = await(store.summaries({info().upload})).at(0);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->received, 2);
  EXPECT_EQ(summary->bytes, 11);
  SessionInfo ended = info();
  ended.upload = UploadId{"node-5678"};
  EXPECT_FALSE(await(store.create(ended, AttemptId{})));
}

}  // namespace
}  // namespace longshore::sqlite
