#include "sqlite/writer.h"

#include <future>
#include <memory>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "tests/fakes/await.h"
#include "tests/fakes/temporary_folder.h"

namespace longshore::sqlite {
namespace {

namespace asio = boost::asio;

class SqliteWriter : public testing::Test {
 protected:
  SqliteWriter() {
    await(writer_.run([](Database& db) { db.execute("CREATE TABLE t (a INTEGER NOT NULL)"); }));
  }
  DatabaseOptions options() const {
    return {
        .path = folder_.file("test.db"), .reason = Reason::catalog_unavailable, .busy_timeout = Millis{1}};
  }

  /// Holds the writer back until `open` is called, so that what is started meanwhile is one transaction.
  void close_gate() {
    std::promise<void> arrived;
    auto has_arrived = arrived.get_future();
    gate_holder_ = std::async(std::launch::async, [this, &arrived] {
      await(writer_.run([this, &arrived](Database&) {
        arrived.set_value();
        gate_.get_future().wait();
      }));
    });
    has_arrived.wait();
  }
  void open_gate() { gate_.set_value(); }

  template <class F>
  auto start(F work) {
    return asio::co_spawn(loop_, writer_.run(std::move(work)), asio::use_future);
  }
  static auto insert(int value) {
    return [value](Database& db) { db.run("INSERT INTO t VALUES (?)", value); };
  }
  static std::int64_t count(Database& db) {
    Statement row = db.query("SELECT count(*) FROM t");
    return row.step() ? row.get<std::int64_t>(0) : -1;
  }

  TemporaryFolder folder_;
  Writer writer_{std::make_unique<Database>(options())};
  asio::io_context loop_;
  std::promise<void> gate_;
  std::future<void> gate_holder_;
};

template <class T>
std::optional<Outcome> outcome_of(std::future<T>& result) {
  try {
    result.get();
  } catch (const Error& error) {
    EXPECT_EQ(error.reason(), Reason::catalog_unavailable);
    return error.outcome();
  }
  return std::nullopt;
}

TEST_F(SqliteWriter, AnswersWithTheResult) {
  EXPECT_EQ(await(writer_.run([](Database&) { return std::string("done"); })), "done");
  await(writer_.run(insert(1)));
  EXPECT_EQ(await(writer_.run(count)), 1);
}

TEST_F(SqliteWriter, WhatWaitsIsCommittedTogether) {
  close_gate();
  std::vector<std::future<void>> inserts;
  for (int i = 0; i < 50; ++i) inserts.push_back(start(insert(i)));
  Database outside(options());
  auto seen = start([&outside](Database& db) { return std::pair(count(db), count(outside)); });
  loop_.poll();  // all of them wait now
  open_gate();
  loop_.restart();
  loop_.run();
  for (auto& done : inserts) done.get();
  EXPECT_EQ(seen.get(), (std::pair<std::int64_t, std::int64_t>(50, 0)))
      << "fifty changes, none of them committed yet";
  EXPECT_EQ(count(outside), 50);
}

TEST_F(SqliteWriter, AChangeThatThrowsUndoesItselfAlone) {
  close_gate();
  auto before = start(insert(1));
  auto thrower = start([](Database& db) {
    db.run("INSERT INTO t VALUES (2)");
    throw std::runtime_error("changed its mind");
  });
  auto wrong = start([](Database& db) { db.run("INSERT INTO t VALUES (NULL)"); });
  auto after = start(insert(4));
  loop_.poll();
  open_gate();
  loop_.restart();
  loop_.run();
  before.get();
  after.get();
  EXPECT_THROW(thrower.get(), std::runtime_error);
  EXPECT_EQ(outcome_of(wrong), Outcome::retry);
  EXPECT_EQ(await(writer_.run([](Database& db) {
              Statement row = db.query("SELECT group_concat(a) FROM t");
              return row.step() ? row.get<std::string>(0) : "";
            })),
            "1,4");
}

TEST_F(SqliteWriter, ACommitThatFailsFailsThemAll) {
  await(writer_.run([](Database& db) {
    db.execute(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY "
        "DEFERRED)");
  }));
  close_gate();
  auto good = start(insert(1));
  auto orphan = start([](Database& db) { db.run("INSERT INTO c VALUES (7)"); });
  loop_.poll();
  open_gate();
  loop_.restart();
  loop_.run();
  EXPECT_EQ(outcome_of(good), Outcome::retry);
  EXPECT_EQ(outcome_of(orphan), Outcome::retry);
  EXPECT_EQ(await(writer_.run(count)), 0);
}

TEST_F(SqliteWriter, AFullDiskFailsThemAllAndTheWriterGoesOn) {
  await(writer_.run(insert(1)));
  close_gate();
  auto good = start(insert(2));
  auto large = start([](Database& db) {
    db.execute("PRAGMA max_page_count = 4");
    db.run("INSERT INTO t VALUES (zeroblob(4000000))");
  });
  auto later = start(insert(3));
  loop_.poll();
  open_gate();
  loop_.restart();
  loop_.run();
  // SQLite has undone the transaction, so nobody's change stands.
  EXPECT_EQ(outcome_of(good), Outcome::retry);
  EXPECT_EQ(outcome_of(large), Outcome::retry);
  EXPECT_EQ(outcome_of(later), Outcome::retry);
  await(writer_.run([](Database& db) { db.execute("PRAGMA max_page_count = 100000"); }));
  await(writer_.run(insert(4)));
  EXPECT_EQ(await(writer_.run(count)), 2);
}

TEST_F(SqliteWriter, ALockedDatabaseIsTriedAgain) {
  Database holder(options());
  holder.begin();
  auto refused = start(insert(1));
  loop_.run();
  EXPECT_EQ(outcome_of(refused), Outcome::retry);
  holder.rollback();
  await(writer_.run(insert(1)));
}

TEST_F(SqliteWriter, TheQueueIsBounded) {
  close_gate();
  std::vector<std::future<void>> started;
  for (std::size_t i = 0; i < Writer::kWaitingMax; ++i) started.push_back(start(insert(1)));
  loop_.poll();
  auto refused = start(insert(1));
  loop_.restart();
  loop_.poll();
  ASSERT_EQ(refused.wait_for(std::chrono::seconds(0)), std::future_status::ready) << "at once";
  EXPECT_EQ(outcome_of(refused), Outcome::retry);
  open_gate();
  loop_.restart();
  loop_.run();
  for (auto& done : started) done.get();
  EXPECT_EQ(await(writer_.run(count)), std::int64_t{Writer::kWaitingMax});
}

TEST_F(SqliteWriter, StoppingMakesWhatWaitsAndRefusesTheRest) {
  close_gate();
  auto waiting = start(insert(1));
  loop_.poll();
  open_gate();
  writer_.stop();
  auto late = start(insert(2));
  loop_.restart();
  loop_.run();
  waiting.get();
  EXPECT_EQ(outcome_of(late), Outcome::retry);
  Database outside(options());
  EXPECT_EQ(count(outside), 1);
}

TEST_F(SqliteWriter, ACancelledCallerIsAnsweredAllTheSame) {
  close_gate();
  asio::cancellation_signal signal;
  auto cancelled = asio::co_spawn(loop_, writer_.run(insert(1)),
                                  asio::bind_cancellation_slot(signal.slot(), asio::use_future));
  loop_.poll();
  signal.emit(asio::cancellation_type::terminal);
  loop_.restart();
  loop_.poll();
  open_gate();
  loop_.restart();
  loop_.run();
  cancelled.get();
  EXPECT_EQ(await(writer_.run(count)), 1);
}

Task<bool> resumes_here(Writer& writer, asio::io_context& loop) {
  co_await writer.run([](Database&) {});
  co_return loop.get_executor().running_in_this_thread();
}

TEST_F(SqliteWriter, ResumesTheCallerOnItsOwnExecutor) {
  auto here = asio::co_spawn(loop_, resumes_here(writer_, loop_), asio::use_future);
  loop_.run();
  EXPECT_TRUE(here.get());
}

}  // namespace
}  // namespace longshore::sqlite
