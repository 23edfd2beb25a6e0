#include "sqlite/failure.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace longshore::sqlite {
namespace {

TEST(SqliteFailure, IsClassifiedOnce) {
  struct Case {
    int code;
    Outcome before_commit;
    Outcome of_commit;
  };
  for (const Case& c :
       {Case{SQLITE_FULL, Outcome::retry, Outcome::retry}, Case{SQLITE_BUSY, Outcome::retry, Outcome::retry},
        Case{SQLITE_BUSY_SNAPSHOT, Outcome::retry, Outcome::retry},
        Case{SQLITE_LOCKED, Outcome::retry, Outcome::retry},
        Case{SQLITE_NOMEM, Outcome::retry, Outcome::retry},
        Case{SQLITE_READONLY, Outcome::retry, Outcome::retry},
        Case{SQLITE_CONSTRAINT_FOREIGNKEY, Outcome::retry, Outcome::retry},
        Case{SQLITE_IOERR_WRITE, Outcome::retry, Outcome::unknown},
        Case{SQLITE_IOERR_FSYNC, Outcome::retry, Outcome::unknown},
        Case{SQLITE_CORRUPT, Outcome::refused, Outcome::unknown},
        Case{SQLITE_CORRUPT_INDEX, Outcome::refused, Outcome::unknown},
        Case{SQLITE_NOTADB, Outcome::refused, Outcome::unknown}}) {
    SCOPED_TRACE(sqlite3_errstr(c.code));
    EXPECT_EQ(failure(Reason::catalog_unavailable, c.code, "why", Step::before_commit).outcome(),
              c.before_commit);
    EXPECT_EQ(failure(Reason::catalog_unavailable, c.code, "why", Step::commit).outcome(), c.of_commit);
  }
}

TEST(SqliteFailure, SaysWhatToDo) {
  const Error error = failure(Reason::state_unavailable, SQLITE_FULL, "database or disk is full",
                              Step::before_commit);
  EXPECT_EQ(error.reason(), Reason::state_unavailable);
  EXPECT_EQ(error.message(), "the disk is full; make room (database or disk is full)");
  EXPECT_TRUE(error.details().retry_after);
}

}  // namespace
}  // namespace longshore::sqlite
