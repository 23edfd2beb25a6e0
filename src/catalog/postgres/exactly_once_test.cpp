// Commits whose connection is cut, or whose server is killed: each is made once or not at all, and the caller
// is told which.

#include <atomic>
#include <thread>

#include "catalog/postgres/cutting_proxy_test.h"
#include "catalog/postgres/fixture_test.h"

namespace longshore::postgres {
namespace {

using Cut = CuttingProxy::Cut;

class LostCommit : public PostgresCatalogs {
 protected:
  Options through_proxy() const {
    Options options = this->options();
    options.url = "postgresql://uploads@127.0.0.1:" + std::to_string(proxy_.port) +
                  "/uploads?sslmode=disable";
    return options;
  }
  void expect_made_once(PostgresCatalog& catalog, int number) {
    EXPECT_EQ(await(catalog.load(upload_id(number))).value().operation.revision, 1);
    EXPECT_EQ(tell("SELECT count(*) FROM outbox WHERE node = '" + node_id(number).str() + "'"), "1");
    EXPECT_EQ(tell("SELECT last_sequence FROM nodes WHERE id = '" + node_id(number).str() + "'"), "1");
  }

  CuttingProxy proxy_{the_postgres().port};
};

TEST_F(LostCommit, CutBeforeItCameToTheServerItIsMadeAgain) {
  const auto catalog = this->catalog(through_proxy());
  catalog->open();
  proxy_.cut_next(Cut::before);
  EXPECT_TRUE(add(*catalog, 1));
  EXPECT_EQ(proxy_.cuts(), 1);
  expect_made_once(*catalog, 1);
}

TEST_F(LostCommit, CutAfterTheServerMadeItItIsFound) {
  const auto catalog = this->catalog(through_proxy());
  catalog->open();
  proxy_.cut_next(Cut::after);
  EXPECT_TRUE(add(*catalog, 1)) << "made again it would be a conflict with itself";
  EXPECT_EQ(proxy_.cuts(), 1);
  expect_made_once(*catalog, 1);
}

TEST_F(LostCommit, WhereTheAnswerNeverComesItIsFoundToo) {
  Options options = through_proxy();
  options.timeout = Millis{700};
  const auto catalog = this->catalog(options);
  catalog->open();
  proxy_.cut_next(Cut::stall);
  EXPECT_TRUE(add(*catalog, 1));
  EXPECT_EQ(proxy_.cuts(), 1);
  expect_made_once(*catalog, 1);
}

TEST_F(LostCommit, AForgottenRowIsToldOnce) {
  const auto catalog = this->catalog(through_proxy());
  ASSERT_TRUE(add(*catalog, 1));
  Change end;
  end.operations.push_back({await(catalog->load(upload_id(1))).value().operation, 1});
  end.operations[0].operation.state = OperationState::failed;
  ASSERT_TRUE(await(catalog->commit(end)));
  proxy_.cut_next(Cut::after);
  EXPECT_TRUE(await(catalog->forget(upload_id(1), 2, true)));
  EXPECT_EQ(proxy_.cuts(), 1);
  EXPECT_FALSE(is_there(*catalog, 1));
}

TEST_F(LostCommit, AServerThatIsKilledLosesNothingThatWasAnswered) {
  Options options = this->options();
  options.timeout = Millis{20'000};
  const auto catalog = this->catalog(options);
  catalog->open();
  std::atomic<bool> ended = false;
  std::atomic<int> next = 0;
  std::vector<std::thread> writers;
  std::vector<std::vector<int>> answered(4);
  for (auto& mine : answered) {
    writers.emplace_back([&] {
      while (!ended) {
        const int number = ++next;
        if (add(*catalog, number)) mine.push_back(number);
      }
    });
  }
  for (int kill = 0; kill < 3; ++kill) {
    const int before = next;
    while (next < before + 20) await(AsioTimers().sleep_for(Millis{1}));
    the_postgres().kill();
    the_postgres().wait_until_it_serves();
  }
  ended = true;
  for (std::thread& writer : writers) writer.join();
  int count = 0;
  for (const auto& mine : answered) {
    for (const int number : mine) EXPECT_TRUE(is_there(*catalog, number)) << number;
    count += static_cast<int>(mine.size());
  }
  EXPECT_EQ(count, next) << "each was new, so that no answer may say that another was first";
  EXPECT_EQ(tell("SELECT count(*) FROM outbox"), std::to_string(count));
}

}  // namespace
}  // namespace longshore::postgres
