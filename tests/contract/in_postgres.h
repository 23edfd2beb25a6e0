#pragma once

#include <memory>
#include <string>

#include "base/random.h"
#include "catalog/postgres/postgres_catalog.h"
#include "net/timers.h"
#include "tests/contract/catalog_suite.h"
#include "tests/services/postgres_process.h"

namespace longshore {

/// A catalog in a schema of its own, whose clock is the test's: so that a test can let hours pass.
class PostgresByTestClock {
 public:
  explicit PostgresByTestClock(const Clock& clock) : clock_(clock) {
    catalog_.open();
    set_clock();
  }
  PostgresByTestClock(const PostgresByTestClock&) = delete;
  PostgresByTestClock& operator=(const PostgresByTestClock&) = delete;
  ~PostgresByTestClock() { own_.tell("DROP SCHEMA " + own_.schema + " CASCADE"); }

  postgres::PostgresCatalog& catalog() {
    if (clock_.now() != told_) set_clock();
    return catalog_;
  }

 private:
  void set_clock() {
    told_ = clock_.now();
    own_.tell("CREATE OR REPLACE FUNCTION catalog_now() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT " +
              std::to_string(epoch_ms(told_)) + "::bigint'");
  }

  const Clock& clock_;
  const services::OwnSchema own_;
  Time told_{};
  AsioTimers timers_;
  SystemRandom random_;
  postgres::PostgresCatalog catalog_{own_.options(), timers_, random_, Log::none(), [] {}};
};

}  // namespace longshore
