#pragma once

#include <gtest/gtest.h>

#include "base/random.h"
#include "net/timers.h"
#include "postgres/pool.h"
#include "tests/fakes/await.h"
#include "tests/services/postgres_process.h"

namespace longshore::postgres {

using services::the_postgres;

/// A test's own schema on the program's server, with a table t (id, n) in it.
class WithPostgres : public testing::Test, public services::OwnSchema {
 protected:
  static const Schema& table() {
    static constexpr std::string_view kStep =
        "CREATE TABLE t (id integer PRIMARY KEY, n integer NOT NULL); INSERT INTO t VALUES (1, 0), (2, 0)";
    static constexpr Schema kSchema{"the table", {&kStep, 1}};
    return kSchema;
  }
  Pool pool(Options options) { return Pool(std::move(options), table(), watchdog_, timers_, random_); }

  Watchdog watchdog_;
  AsioTimers timers_;
  SystemRandom random_;
};

}  // namespace longshore::postgres
