#include "sqlite/store.h"

#include <array>
#include <future>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "tests/fakes/await.h"
#include "tests/fakes/temporary_folder.h"

namespace longshore::sqlite {
namespace {

namespace asio = boost::asio;

constexpr std::array<std::string_view, 1> kSteps{"CREATE TABLE t (a INTEGER NOT NULL)"};

class SqliteStore : public testing::Test {
 protected:
  static std::int64_t count(Database& db) {
    Statement row = db.query("SELECT count(*) FROM t");
    return row.step() ? row.get<std::int64_t>(0) : -1;
  }
  static void insert(Database& db) { db.run("INSERT INTO t VALUES (1)"); }

  TemporaryFolder folder_;
  Store store_{{.path = folder_.file("test.db"), .reason = Reason::catalog_unavailable},
               {"the test", kSteps}};
};

Task<bool> reads_its_own_writes(Store& store) {
  for (int i = 1; i <= 20; ++i) {
    co_await store.write([](Database& db) { db.run("INSERT INTO t VALUES (1)"); });
    const bool seen = co_await store.read([i](Database& db) {
      Statement row = db.query("SELECT count(*) FROM t");
      return row.step() && row.get<int>(0) == i;
    });
    if (!seen) co_return false;
  }
  co_return true;
}

TEST_F(SqliteStore, ACallerReadsItsOwnWrites) { EXPECT_TRUE(await(reads_its_own_writes(store_))); }

TEST_F(SqliteStore, AReadSeesOneMomentAndHoldsUpNoWrite) {
  std::promise<void> begun;
  std::promise<void> written;
  auto reading = std::async(std::launch::async, [&] {
    return await(store_.read([&](Database& db) {
      const std::int64_t before = count(db);
      begun.set_value();
      written.get_future().wait();
      return std::pair(before, count(db));
    }));
  });
  begun.get_future().wait();
  await(store_.write(insert));
  written.set_value();
  EXPECT_EQ(reading.get(), (std::pair<std::int64_t, std::int64_t>(0, 0)));
  EXPECT_EQ(await(store_.read(count)), 1);
}

TEST_F(SqliteStore, AReadThatThrowsGivesItsConnectionBack) {
  for (std::size_t i = 0; i < 3 * Store::kReaders; ++i) {
    EXPECT_THROW(await(store_.read([](Database&) -> int { throw std::runtime_error("no"); })),
                 std::runtime_error);
    EXPECT_THROW(await(store_.read(insert)), Error) << "a read changes nothing";
  }
  EXPECT_EQ(await(store_.read(count)), 0);
}

TEST_F(SqliteStore, LongReadsHoldUpNoOthers) {
  std::promise<void> gate;
  const std::shared_future<void> opened(gate.get_future());
  asio::io_context loop;
  std::vector<std::future<void>> lists;
  for (std::size_t i = 0; i < 10 * Store::kLongReaders; ++i) {
    lists.push_back(
        asio::co_spawn(loop, store_.read_long([&](Database&) { opened.wait(); }), asio::use_future));
  }
  loop.poll();
  await(store_.write(insert));
  EXPECT_EQ(await(store_.read(count)), 1);
  gate.set_value();
  loop.restart();
  loop.run();
  for (auto& done : lists) done.get();
  EXPECT_EQ(await(store_.read_long(count)), 1);
}

TEST_F(SqliteStore, ReadsAreBounded) {
  std::promise<void> gate;
  const std::shared_future<void> opened(gate.get_future());
  const auto wait = [&opened](Database&) { opened.wait(); };
  asio::io_context loop;
  std::vector<std::future<void>> waiting;
  for (int i = 0; i < Store::kReadsWaitingMax; ++i) {
    waiting.push_back(asio::co_spawn(loop, store_.read(wait), asio::use_future));
  }
  loop.poll();
  auto refused = asio::co_spawn(loop, store_.read(wait), asio::use_future);
  loop.restart();
  loop.poll();
  ASSERT_EQ(refused.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_THROW(refused.get(), Error);
  gate.set_value();
  loop.restart();
  loop.run();
  for (auto& done : waiting) done.get();
  EXPECT_EQ(await(store_.read(count)), 0);
}

TEST_F(SqliteStore, AnotherConnectionSeesWhatIsCommitted) {
  await(store_.write(insert));
  Store again({.path = folder_.file("test.db"), .reason = Reason::catalog_unavailable}, {"the test", kSteps});
  EXPECT_EQ(await(again.read(count)), 1);
}

}  // namespace
}  // namespace longshore::sqlite
