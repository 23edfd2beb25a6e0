#include "sqlite/schema.h"

#include <array>

#include <gtest/gtest.h>

#include "tests/fakes/temporary_folder.h"

namespace longshore::sqlite {
namespace {

constexpr std::array<std::string_view, 3> kSteps{
    "CREATE TABLE ships (name TEXT NOT NULL)",
    "ALTER TABLE ships ADD COLUMN length INTEGER NOT NULL DEFAULT 7; CREATE INDEX by_length ON ships "
    "(length)",
    "UPDATE ships SET length = length + 1",
};
constexpr Schema schema_of(std::size_t version) { return {"the harbour", std::span(kSteps).first(version)}; }

class SqliteSchema : public testing::Test {
 protected:
  Database open() const {
    return Database({.path = folder_.file("test.db"), .reason = Reason::state_unavailable});
  }
  static int version(Database& db) {
    Statement row = db.query("PRAGMA user_version");
    return row.step() ? row.get<int>(0) : -1;
  }
  TemporaryFolder folder_;
};

TEST_F(SqliteSchema, ANewFileGetsAllSteps) {
  Database db = open();
  migrate(db, schema_of(3));
  EXPECT_EQ(version(db), 3);
  EXPECT_EQ(db.run("INSERT INTO ships (name) VALUES ('Ann')"), 1);
}

TEST_F(SqliteSchema, AnOlderFileIsMigratedWithItsRows) {
  {
    Database db = open();
    migrate(db, schema_of(1));
    EXPECT_EQ(version(db), 1);
    db.run("INSERT INTO ships (name) VALUES ('Ann')");
  }
  Database db = open();
  migrate(db, schema_of(3));
  EXPECT_EQ(version(db), 3);
  Statement row = db.query("SELECT name, length FROM ships");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.get<std::string>(0), "Ann");
  EXPECT_EQ(row.get<int>(1), 8) << "each step once";
}

TEST_F(SqliteSchema, TheNewestFileIsLeftAlone) {
  Database db = open();
  migrate(db, schema_of(3));
  db.run("INSERT INTO ships (name) VALUES ('Ann')");
  migrate(db, schema_of(3));
  Statement row = db.query("SELECT length FROM ships");
  ASSERT_TRUE(row.step());
  EXPECT_EQ(row.get<int>(0), 7);
}

TEST_F(SqliteSchema, ANewerFileIsRefusedAndLeftAlone) {
  Database db = open();
  migrate(db, schema_of(3));
  try {
    migrate(db, schema_of(2));
    FAIL() << "it was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Reason::state_unavailable);
    EXPECT_EQ(error.outcome(), Outcome::refused);
    EXPECT_EQ(error.message(),
              "the harbour has schema version 3, but this release knows versions up to 2; start the newer "
              "release that"
              " made it, or restore a backup from before");
  }
  EXPECT_EQ(version(db), 3);
  EXPECT_FALSE(db.in_transaction());
}

TEST_F(SqliteSchema, AStepThatFailsUndoesAll) {
  constexpr std::array<std::string_view, 2> kBroken{"CREATE TABLE boats (name)", "CREATE TABLE boats (name)"};
  Database db = open();
  EXPECT_THROW(migrate(db, {"the harbour", kBroken}), Error);
  EXPECT_EQ(version(db), 0);
  EXPECT_EQ(db.query("SELECT 1 FROM sqlite_schema").step(), false);
}

}  // namespace
}  // namespace longshore::sqlite
