#include "sqlite/database.h"

#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "domain/ids.h"
#include "tests/fakes/temporary_folder.h"

namespace longshore::sqlite {
namespace {

class SqliteDatabase : public testing::Test {
 protected:
  DatabaseOptions options(Durability durability = Durability::power_loss) const {
    return {.path = folder_.file("test.db"),
            .reason = Reason::catalog_unavailable,
            .durability = durability,
            .busy_timeout = Millis{1}};
  }
  static std::string pragma(Database& db, std::string_view text) {
    Statement row = db.query(text);
    return row.step() ? row.get<std::string>(0) : "";
  }
  /// What `work` throws.
  template <class Work>
  static Error error_of(Work work) {
    try {
      work();
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return Error(Reason::internal, "");
  }

  TemporaryFolder folder_;
};

TEST_F(SqliteDatabase, ItsFilesAreItsOwnersAlone) {
  namespace fs = std::filesystem;
  const std::string path = folder_.file("test.db");
  const auto modes = [&] {
    std::vector<fs::perms> found;
    for (const char* suffix : {"", "-wal", "-shm"}) found.push_back(fs::status(path + suffix).permissions());
    return found;
  };
  const std::vector<fs::perms> closed(3, fs::perms(0600));
  Database db(options());
  db.execute("CREATE TABLE t (a)");
  EXPECT_EQ(modes(), closed);
  for (const char* suffix : {"", "-wal", "-shm"}) fs::permissions(path + suffix, fs::perms(0644));
  const Database again(options());
  EXPECT_EQ(modes(), closed) << "also those that were there";
}

TEST_F(SqliteDatabase, IsOpenedToSurviveAPowerCut) {
  Database db(options());
  EXPECT_EQ(pragma(db, "PRAGMA journal_mode"), "wal");
  EXPECT_EQ(pragma(db, "PRAGMA synchronous"), "2");
  EXPECT_EQ(pragma(db, "PRAGMA temp_store"), "2");  // memory
  EXPECT_EQ(pragma(db, "PRAGMA foreign_keys"), "1");
  Database fast(options(Durability::process));
  EXPECT_EQ(pragma(fast, "PRAGMA synchronous"), "1");
}

TEST_F(SqliteDatabase, ValuesComeBackByType) {
  Database db(options());
  db.execute("CREATE TABLE t (a, b, c, d, e, f, g, h)");
  const std::string with_null("a\0b", 3);
  const Time time = from_epoch_ms(-1);
  db.run("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)", std::numeric_limits<std::int64_t>::min(), with_null,
         "", std::optional<std::string>(), time, UploadId{"node-1234.2"}, ChunkIndex{9999},
         std::optional<std::uint32_t>(0xffffffff));
  Statement row = db.query("SELECT * FROM t");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.get<std::int64_t>(0), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(row.get<std::string>(1), with_null);
  EXPECT_EQ(row.get<std::optional<std::string>>(2), "") << "an empty text is not NULL";
  EXPECT_EQ(row.get<std::optional<std::string>>(3), std::nullopt);
  EXPECT_EQ(row.get<Time>(4), time);
  EXPECT_EQ(row.get<UploadId>(5), UploadId{"node-1234.2"});
  EXPECT_EQ(row.get<std::optional<ChunkIndex>>(6), ChunkIndex{9999});
  EXPECT_EQ(row.get<std::optional<std::uint32_t>>(7), 0xffffffffU);
  EXPECT_FALSE(row.step());
}

TEST_F(SqliteDatabase, DataIsNeverSql) {
  Database db(options());
  db.execute("CREATE TABLE t (a TEXT)");
  const std::string evil = "'); DROP TABLE t; --";
  db.run("INSERT INTO t VALUES (?)", evil);
  Statement row = db.query("SELECT a FROM t WHERE a = ?", evil);
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.get<std::string>(0), evil);
}

TEST_F(SqliteDatabase, AKeptStatementStartsAfresh) {
  Database db(options());
  db.execute("CREATE TABLE t (a INTEGER)");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(db.run("INSERT INTO t VALUES (?)", i), 1);
  EXPECT_EQ(db.run("UPDATE t SET a = a WHERE a > ?", 0), 2);
  EXPECT_EQ(db.run("UPDATE t SET a = a WHERE a > ?", 99), 0);
  for (int i = 0; i < 2; ++i) {
    Statement rows = db.query("SELECT a FROM t ORDER BY a");
    ASSERT_TRUE(rows.step());  // and dropped in the middle
    EXPECT_EQ(rows.get<int>(0), 0);
  }
  Statement unbound = db.query("SELECT ?");
  ASSERT_TRUE(unbound.step());
  EXPECT_EQ(unbound.get<std::optional<int>>(0), std::nullopt) << "no value of an earlier use";
}

TEST_F(SqliteDatabase, AStatementIsNotUsedTwiceAtOnce) {
  Database db(options());
  const Statement first = db.query("SELECT 1");
  EXPECT_THROW(static_cast<void>(db.query("SELECT 1")), std::logic_error);
}

TEST_F(SqliteDatabase, ATransactionIsUndoneUnlessCommitted) {
  Database db(options());
  db.execute("CREATE TABLE t (a)");
  {
    const Transaction dropped(db);
    db.run("INSERT INTO t VALUES (1)");
  }
  EXPECT_FALSE(db.query("SELECT 1 FROM t").step());
  Transaction kept(db);
  db.run("INSERT INTO t VALUES (1)");
  kept.commit();
  EXPECT_TRUE(db.query("SELECT 1 FROM t").step());
  EXPECT_FALSE(db.in_transaction());
}

TEST_F(SqliteDatabase, ALockedDatabaseIsTriedAgain) {
  Database holder(options());
  Database other(options());
  holder.begin();
  const Error error = error_of([&] { other.begin(); });
  EXPECT_EQ(error.reason(), Reason::catalog_unavailable);
  EXPECT_EQ(error.outcome(), Outcome::retry);
  EXPECT_NE(error.message().find("locked by another program"), std::string::npos) << error.message();
  holder.rollback();
  other.begin();
}

TEST_F(SqliteDatabase, AFullDiskIsTriedAgain) {
  Database db(options());
  db.execute("CREATE TABLE t (a)");
  db.execute("PRAGMA max_page_count = 4");
  db.begin();
  const Error error = error_of([&] { db.run("INSERT INTO t VALUES (zeroblob(1000000))"); });
  EXPECT_EQ(error.outcome(), Outcome::retry);
  EXPECT_NE(error.message().find("disk is full"), std::string::npos) << error.message();
  EXPECT_FALSE(db.in_transaction()) << "SQLite has undone it";
}

TEST_F(SqliteDatabase, ACommitThatFailsIsOver) {
  Database db(options());
  db.execute(
      "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY "
      "DEFERRED)");
  db.begin();
  db.run("INSERT INTO c VALUES (1)");
  EXPECT_EQ(error_of([&] { db.commit(); }).outcome(), Outcome::retry);
  EXPECT_FALSE(db.in_transaction());
  EXPECT_FALSE(db.query("SELECT 1 FROM c").step());
}

TEST_F(SqliteDatabase, AFileThatIsNoDatabaseIsRefused) {
  std::ofstream(options().path) << std::string(8192, 'x');
  const Error error = error_of([&] { Database db(options()); });
  EXPECT_EQ(error.reason(), Reason::catalog_unavailable);
  EXPECT_EQ(error.outcome(), Outcome::refused);
  EXPECT_NE(error.message().find("no database"), std::string::npos) << error.message();
  EXPECT_EQ(error.message().find(folder_.path()), std::string::npos) << "no path in it";
}

TEST_F(SqliteDatabase, ADamagedFileIsRefused) {
  {
    Database db(options());
    db.execute("CREATE TABLE t (a)");
    Transaction filling(db);
    for (int i = 0; i < 1000; ++i) db.run("INSERT INTO t VALUES (hex(randomblob(50)))");
    filling.commit();
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  {
    std::fstream file(options().path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);  // behind the header and the schema
    file << std::string(16 * 4096, '\xff');
  }
  Database db(options());
  const Error error = error_of([&] { db.run("SELECT sum(length(a)) FROM t"); });
  EXPECT_EQ(error.outcome(), Outcome::refused);
  EXPECT_NE(error.message().find("restore it from a backup"), std::string::npos) << error.message();
}

TEST_F(SqliteDatabase, AReadConnectionChangesNothing) {
  DatabaseOptions reading = options();
  reading.read_only = true;
  EXPECT_THROW(Database{reading}, Error) << "nor does it make the file";
  Database writer(options());
  writer.execute("CREATE TABLE t (a)");
  Database reader(reading);
  EXPECT_FALSE(reader.query("SELECT 1 FROM t").step());
  EXPECT_THROW(reader.run("INSERT INTO t VALUES (1)"), Error);
}

TEST_F(SqliteDatabase, WrongSqlIsAnError) {
  Database db(options());
  EXPECT_THROW(static_cast<void>(db.query("SELECT nothing FROM nowhere")), Error);
  EXPECT_THROW(db.run("SELECT ?", 1, 2), Error) << "more values than parameters";
}

}  // namespace
}  // namespace longshore::sqlite
