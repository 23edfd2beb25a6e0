#pragma once

#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "net/timers.h"
#include "postgres/pool.h"
#include "tests/fakes/await.h"
#include "tests/services/postgres_process.h"

namespace longshore::postgres {

/// A test's own schema on the program's server, with a table t (id, n) in it.
class WithPostgres : public testing::Test {
 protected:
  static services::PostgresProcess& server() {
    static services::PostgresProcess one;
    return one;
  }
  static std::string next_schema() {
    static int number = 0;
    return "test_" + std::to_string(++number);
  }
  static const Schema& table() {
    static constexpr std::string_view kStep =
        "CREATE TABLE t (id integer PRIMARY KEY, n integer NOT NULL); INSERT INTO t VALUES (1, 0), (2, 0)";
    static constexpr Schema kSchema{"the table", {&kStep, 1}};
    return kSchema;
  }
  Options options() const { return server().options(schema_); }
  std::string tell(const std::string& sql) const {
    return server().tell("SET search_path = " + schema_ + ";" + sql);
  }
  Pool pool(Options options) { return Pool(std::move(options), table(), watchdog_, timers_, random_); }

  const std::string schema_ = next_schema();
  Watchdog watchdog_;
  AsioTimers timers_;
  SystemRandom random_;
};

}  // namespace longshore::postgres
