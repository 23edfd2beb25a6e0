#include "postgres/pool.h"

#include <future>
#include <thread>
#include <vector>

#include "domain/error.h"
#include "postgres/fixture_test.h"

namespace longshore::postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class PostgresPool : public WithPostgres {
 protected:
  static Outcome outcome_of(Task<int> task) {
    try {
      await(std::move(task));
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), Reason::catalog_unavailable);
      message_ = error.message();
      return error.outcome();
    }
    ADD_FAILURE() << "it went well";
    return Outcome::unknown;
  }
  static Task<int> count(Pool& pool) {
    return pool.autocommit([](Session& db) { return db.query("SELECT count(*) FROM t").at(0).get<int>(0); });
  }
  void terminate_all() {
    the_postgres().tell("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'uploads'");
  }

  static inline std::string message_;
};

/// Until both are there.
class Meeting {
 public:
  explicit Meeting(int of) : missing_(of) {}
  void wait() {
    for (--missing_; missing_ > 0;) await(AsioTimers().sleep_for(Millis{1}));
  }

 private:
  std::atomic<int> missing_;
};

TEST_F(PostgresPool, ADeadlockIsTriedAgain) {
  the_postgres().tell("ALTER ROLE uploads SET deadlock_timeout = '50ms'");  // an operator's: a user may not
  Options patient = options();
  patient.timeout = Millis{30'000};
  Pool pool = this->pool(patient);
  Meeting meeting(2);
  std::atomic<int> runs = 0;
  const auto add_in_order = [&](int first, int second) {
    return pool.write([&, first, second](Session& db) {
      db.run("UPDATE t SET n = n + 1 WHERE id = $1", first);
      if (++runs <= 2) meeting.wait();
      db.run("UPDATE t SET n = n + 1 WHERE id = $1", second);
      return 0;
    });
  };
  std::vector<Task<int>> both;
  both.push_back(add_in_order(1, 2));
  both.push_back(add_in_order(2, 1));
  await_all(std::move(both));
  EXPECT_EQ(tell("SELECT sum(n) FROM t"), "4");
  EXPECT_GE(runs, 3) << "one of them was undone";
}

TEST_F(PostgresPool, ASerializationFailureIsTriedAgain) {
  Pool pool = this->pool(options());
  int runs = 0;
  await(pool.write([&](Session& db) {
    db.execute("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
    db.query("SELECT n FROM t WHERE id = 1");
    if (++runs == 1) tell("UPDATE t SET n = 5 WHERE id = 1");
    db.run("UPDATE t SET n = n + 1 WHERE id = 1");
    return 0;
  }));
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(tell("SELECT n FROM t WHERE id = 1"), "6");
}

TEST_F(PostgresPool, AConnectionThatWasCutIsReplaced) {
  Pool pool = this->pool(options());
  EXPECT_EQ(await(count(pool)), 2);
  terminate_all();
  EXPECT_EQ(await(count(pool)), 2);
  int runs = 0;
  await(pool.write([&](Session& db) {
    const auto changed = db.run("UPDATE t SET n = n + 1");
    if (++runs == 1) terminate_all();
    db.query("SELECT 1");
    return changed;
  }));
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(tell("SELECT sum(n) FROM t"), "2") << "the first one was undone";
}

TEST_F(PostgresPool, AnsweredWithinTheLimitWhereTheServerSaysNothing) {
  Options impatient = options();
  impatient.timeout = Millis{500};
  Pool pool = this->pool(impatient);
  ASSERT_EQ(await(count(pool)), 2);
  const auto begun = steady_clock::now();
  EXPECT_EQ(outcome_of(pool.autocommit([](Session& db) {
              db.execute("SET statement_timeout = 0");
              db.query("SELECT pg_sleep(60)");
              return 0;
            })),
            Outcome::retry);
  EXPECT_LT(steady_clock::now() - begun, milliseconds{3000});
  EXPECT_EQ(await(count(pool)), 2);
}

TEST_F(PostgresPool, WhatWasGivenUpDoesNotGoOnAtTheServer) {
  Options options = this->options();
  options.timeout = Millis{300};
  Pool pool = this->pool(options);
  ASSERT_EQ(await(count(pool)), 2);
  outcome_of(pool.autocommit([](Session& db) {
    db.query("SELECT pg_sleep(61)");
    return 0;
  }));
  const auto end = steady_clock::now() + std::chrono::seconds{10};
  std::string running = "1";
  while (running != "0" && steady_clock::now() < end)
    running = tell(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(61)'");
  EXPECT_EQ(running, "0");
}

TEST_F(PostgresPool, WhoFindsNoConnectionFreeWaitsForOne) {
  Options one = options();
  one.connections = 1;
  one.timeout = Millis{10'000};
  Pool pool = this->pool(one);
  ASSERT_EQ(await(count(pool)), 2);
  auto slow = std::async(std::launch::async, [&] {
    await(pool.autocommit([](Session& db) { return db.query("SELECT pg_sleep(0.3)").size(); }));
  });
  await(AsioTimers().sleep_for(Millis{100}));
  EXPECT_EQ(await(count(pool)), 2);
  slow.get();
}

TEST_F(PostgresPool, WhoFindsTooManyWaitingIsSentAway) {
  Options one = options();
  one.connections = 1;
  one.timeout = Millis{60'000};
  Pool pool = this->pool(one);
  int served = 0;
  int sent_away = 0;
  const auto call = [&]() -> Task<int> {
    try {
      const int found = co_await count(pool);
      ++served;
      co_return found;
    } catch (const Error& error) {
      EXPECT_EQ(error.outcome(), Outcome::retry) << error.message();
      ++sent_away;
      co_return 0;
    }
  };
  std::vector<Task<int>> calls;
  for (int i = 0; i < Pool::kWaitingMax + 3; ++i) calls.push_back(call());
  await_all(std::move(calls));
  EXPECT_EQ(sent_away, 3);
  EXPECT_EQ(served, Pool::kWaitingMax);
}

TEST_F(PostgresPool, AServerThatTakesNoWritesIsLeft) {
  Options options = this->options();
  options.timeout = Millis{2000};
  Pool pool = this->pool(options);
  const auto add = [&] {
    return pool.write([](Session& db) { return static_cast<int>(db.run("UPDATE t SET n = n + 1")); });
  };
  ASSERT_EQ(await(add()), 2);
  the_postgres().tell("ALTER ROLE uploads SET default_transaction_read_only = on");
  terminate_all();
  EXPECT_EQ(outcome_of(add()), Outcome::retry);
  EXPECT_NE(message_.find("read-only"), std::string::npos) << message_;
  the_postgres().tell("ALTER ROLE uploads RESET default_transaction_read_only");
  EXPECT_EQ(await(add()), 2);
}

TEST_F(PostgresPool, WhereAConnectionTurnsReadOnlyAnotherIsTaken) {
  Pool pool = this->pool(options());
  int runs = 0;
  EXPECT_EQ(await(pool.write([&](Session& db) {
              if (++runs == 1) db.execute("SET TRANSACTION READ ONLY");
              return static_cast<int>(db.run("UPDATE t SET n = n + 1"));
            })),
            2);
  EXPECT_EQ(runs, 2);
}

TEST_F(PostgresPool, WhatIsNotAllowedIsNotTriedAgain) {
  Pool pool = this->pool(options());
  int runs = 0;
  EXPECT_EQ(outcome_of(pool.write([&](Session& db) {
              ++runs;
              return static_cast<int>(db.run("DELETE FROM pg_catalog.pg_class"));
            })),
            Outcome::refused);
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(message_, "the database: permission denied for table pg_class");
}

TEST_F(PostgresPool, WhatTheWorkThrowsUndoesIt) {
  Pool pool = this->pool(options());
  EXPECT_THROW(await(pool.write([](Session& db) -> int {
                 db.run("UPDATE t SET n = 9");
                 throw Error(Reason::internal, "no");
               })),
               Error);
  EXPECT_FALSE(await(pool.write_once([](Session& db) { return db.run("UPDATE t SET n = 9") == 0; })));
  EXPECT_EQ(tell("SELECT sum(n) FROM t"), "0");
}

TEST_F(PostgresPool, WhereNobodyListensItIsSaid) {
  Options nowhere = options();
  nowhere.url = "postgresql://uploads@127.0.0.1:1/uploads";
  nowhere.timeout = Millis{300};
  Pool pool = this->pool(nowhere);
  EXPECT_EQ(outcome_of(count(pool)), Outcome::retry);
  EXPECT_NE(message_.find("refused"), std::string::npos) << message_;
  EXPECT_THROW(pool.open(), Error);
}

TEST_F(PostgresPool, SpeaksTlsAsLibpqIsTold) {
  Options tls = options();
  tls.url += "?sslmode=verify-full&sslrootcert=" + the_postgres().ca_file;
  Pool pool = this->pool(tls);
  EXPECT_TRUE(await(pool.autocommit([](Session& db) {
    return db.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").at(0).get<bool>(0);
  })));
}

}  // namespace
}  // namespace longshore::postgres
