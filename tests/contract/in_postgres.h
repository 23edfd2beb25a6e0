#pragma once

#include <memory>
#include <string>

#include "base/random.h"
#include "catalog/postgres/postgres_catalog.h"
#include "net/timers.h"
#include "tests/contract/catalog_suite.h"
#include "tests/services/postgres_process.h"

namespace longshore {

/// The server of this program; there until it ends.
inline services::PostgresProcess& the_postgres() {
  static services::PostgresProcess one;
  return one;
}

/// A catalog in a schema of its own, whose clock is the test's: so that a test can let hours pass.
class PostgresByTestClock {
 public:
  explicit PostgresByTestClock(const Clock& clock) : clock_(clock) {
    catalog_.open();
    set_clock();
  }
  PostgresByTestClock(const PostgresByTestClock&) = delete;
  PostgresByTestClock& operator=(const PostgresByTestClock&) = delete;
  ~PostgresByTestClock() { the_postgres().tell("DROP SCHEMA " + schema_ + " CASCADE"); }

  postgres::PostgresCatalog& catalog() {
    if (clock_.now() != told_) set_clock();
    return catalog_;
  }

 private:
  static std::string next_schema() {
    static int number = 0;
    return "contract_" + std::to_string(++number);
  }
  void set_clock() {
    told_ = clock_.now();
    the_postgres().tell("CREATE OR REPLACE FUNCTION " + schema_ +
                        ".catalog_now() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT " +
                        std::to_string(epoch_ms(told_)) + "::bigint'");
  }

  const Clock& clock_;
  const std::string schema_ = next_schema();
  Time told_{};
  AsioTimers timers_;
  SystemRandom random_;
  postgres::PostgresCatalog catalog_{the_postgres().options(schema_), timers_, random_, Log::none(), [] {}};
};

}  // namespace longshore
