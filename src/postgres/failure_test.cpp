#include "postgres/failure.h"

#include <gtest/gtest.h>
#include <pqxx/except>

namespace longshore::postgres {
namespace {

Failure::Kind kind(const char* sqlstate) { return judge(pqxx::sql_error("x", "SELECT 1", sqlstate)).kind; }

TEST(Failure, EachStateCallsForSomething) {
  using enum Failure::Kind;
  for (const char* state : {"40001", "40P01", "55P03", "57014"}) EXPECT_EQ(kind(state), conflict) << state;
  for (const char* state : {"25006", "25P03", "57P01", "57P02", "57P03", "08006", ""})
    EXPECT_EQ(kind(state), lost) << state;
  for (const char* state : {"53100", "53300"}) EXPECT_EQ(kind(state), busy) << state;
  for (const char* state : {"42501", "42P01", "23505", "3F000"}) EXPECT_EQ(kind(state), refused) << state;
}

TEST(Failure, LibpqxxHasWordsOfItsOwn) {
  using enum Failure::Kind;
  EXPECT_EQ(judge(pqxx::broken_connection("x")).kind, lost);
  EXPECT_EQ(judge(pqxx::too_many_connections("x")).kind, busy);
  EXPECT_EQ(judge(pqxx::deadlock_detected("x")).kind, conflict);
  EXPECT_EQ(judge(pqxx::in_doubt_error("x")).kind, unknown);
  EXPECT_EQ(judge(pqxx::insufficient_privilege("x", "SELECT")).kind, refused);
  EXPECT_EQ(judge(pqxx::disk_full("x", "SELECT")).kind, busy);
}

TEST(Failure, TheMessageIsOneLine) {
  EXPECT_EQ(judge(pqxx::sql_error("ERROR:  no such table\nLINE 1: SELECT\n", "SELECT", "42P01")).message,
            "no such table");
}

}  // namespace
}  // namespace longshore::postgres
