#include "postgres/schema.h"

#include <array>
#include <future>

#include "domain/error.h"
#include "postgres/fixture_test.h"

namespace longshore::postgres {
namespace {

constexpr std::array<std::string_view, 3> kSteps{
    "CREATE TABLE a (n integer); INSERT INTO a VALUES (1)",
    "CREATE TABLE b (n integer); INSERT INTO b SELECT n + 1 FROM a",
    "ALTER TABLE a ADD COLUMN m integer; UPDATE a SET m = (SELECT n FROM b); SELECT pg_sleep(0.2)"};

class MigratedSchema : public WithPostgres {
 protected:
  static Schema version(std::size_t newest) { return {"the test", std::span(kSteps).first(newest)}; }
  Connection connect(const Options& options) {
    return Connection(options, watchdog_, std::chrono::steady_clock::now() + options.timeout);
  }
  void bring_to(std::size_t newest) {
    Connection connection = connect(options());
    migrate(connection, version(newest), options());
  }
};

TEST_F(MigratedSchema, FromEachOlderVersion) {
  for (const std::size_t older : {0U, 1U, 2U, 3U}) {
    the_postgres().tell("DROP SCHEMA IF EXISTS " + schema + " CASCADE");
    if (older > 0) bring_to(older);
    bring_to(3);
    EXPECT_EQ(tell("SELECT n || ' ' || m FROM a"), "1 2") << older;
    EXPECT_EQ(tell("SELECT version FROM schema_version"), "3") << older;
  }
}

TEST_F(MigratedSchema, ByOneServerWhileTheOthersWait) {
  std::vector<std::future<void>> servers;
  for (int i = 0; i < 4; ++i) servers.push_back(std::async(std::launch::async, [this] { bring_to(3); }));
  for (auto& one : servers) EXPECT_NO_THROW(one.get());
  EXPECT_EQ(tell("SELECT count(*) FROM a"), "1");
}

TEST_F(MigratedSchema, ANewerOneIsRefusedAndLeftAsItIs) {
  bring_to(3);
  try {
    bring_to(2);
    FAIL() << "it was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.outcome(), Outcome::refused);
    EXPECT_EQ(error.message(),
              "the test has schema version 3, but this release knows versions up to 2; start the newer "
              "release that "
              "made it, or restore a backup from before");
  }
  EXPECT_EQ(tell("SELECT version FROM schema_version"), "3");
}

TEST_F(MigratedSchema, AStepThatFailsLeavesTheOldVersion) {
  bring_to(1);
  constexpr std::array<std::string_view, 2> kBroken{kSteps[0], "CREATE TABLE c (n integer); SELECT 1 / 0"};
  Connection connection = connect(options());
  EXPECT_THROW(migrate(connection, {"the test", kBroken}, options()), pqxx::failure);
  EXPECT_EQ(tell("SELECT version FROM schema_version"), "1");
  EXPECT_EQ(tell("SELECT to_regclass('c')"), "");
}

TEST_F(MigratedSchema, WhatIsUpToDateNeedsNoRightsToChangeIt) {
  bring_to(3);
  tell("CREATE ROLE reader_" + schema + " LOGIN PASSWORD 'r'; GRANT USAGE ON SCHEMA " + schema +
       " TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA " + schema + " TO PUBLIC");
  Options reader = options();
  reader.url = "host=127.0.0.1 port=" + std::to_string(the_postgres().port) + " dbname=uploads user=reader_" +
               schema;
  reader.password = Secret("r");
  Connection connection = connect(reader);
  EXPECT_NO_THROW(migrate(connection, version(3), reader));
}

}  // namespace
}  // namespace longshore::postgres
