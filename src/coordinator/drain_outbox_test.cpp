// Events: each row at least once, those of one node in their order, whatever the sink does.
#include <set>

#include <gtest/gtest.h>

#include "coordinator/fixture_test.h"

namespace longshore {
namespace {

class DrainOutboxTest : public CoordinatorTest {
 protected:
  int drain(const std::string& drainer = "one", int limit = 100) {
    return stepper_.run(coordinator_->drain_outbox(drainer, limit));
  }
  Names published() const {
    Names names;
    for (const OutboxRow& row : sink_.published()) names.emplace_back(to_string(row.event.type));
    return names;
  }
  /// No row of a node first published before the one ahead of it.
  void expect_in_order() {
    std::map<NodeId, std::int64_t> last;
    std::map<std::string, std::pair<std::int64_t, Time>> seen;
    for (const OutboxRow& row : sink_.published()) {
      const auto known = seen.find(row.event_id);
      if (known != seen.end()) {
        EXPECT_EQ(known->second, std::pair(row.sequence, row.timestamp)) << "the same at every try";
        continue;
      }
      EXPECT_EQ(row.sequence, ++last[row.event.node]) << "without a gap";
      seen.emplace(row.event_id, std::pair(row.sequence, row.timestamp));
    }
  }
};

TEST_F(DrainOutboxTest, PublishesAllInTheOrderOfEachNode) {
  object("one");
  object("two");
  object("one");
  EXPECT_EQ(drain(), 9);
  EXPECT_TRUE(catalog_.outbox().empty());
  EXPECT_EQ(sink_.published().size(), 9U);
  expect_in_order();
  EXPECT_EQ(drain(), 0);
}

TEST_F(DrainOutboxTest, TimestampsGrowWithinANode) {
  object("one");  // all within one millisecond of the clock
  drain();
  for (std::size_t i = 1; i < sink_.published().size(); ++i)
    EXPECT_GT(sink_.published()[i].timestamp, sink_.published()[i - 1].timestamp);
  std::set<std::string> ids;
  for (const OutboxRow& row : sink_.published()) ids.insert(row.event_id);
  EXPECT_EQ(ids.size(), 3U);
}

TEST_F(DrainOutboxTest, ARefusedRowStopsItsNodeAndNoOther) {
  const Node one = object("one");
  const Node two = object("two");
  sink_.refuses = [&](const OutboxRow& row) {
    return row.event.node == one.id && row.event.type == EventType::upload_completed;
  };
  EXPECT_EQ(drain(), 4);
  EXPECT_EQ(catalog_.outbox().size(), 2U) << "the refused one, and the one behind it";
  EXPECT_EQ(catalog_.outbox().begin()->second.tries, 1);
  EXPECT_EQ(reports_.size(), 1U);
  EXPECT_EQ(drain(), 0) << "it waits";
  sink_.refuses = {};
  clock_.advance(1s);
  EXPECT_EQ(drain(), 2);
  expect_in_order();
}

TEST_F(DrainOutboxTest, TheWaitGrowsUpToAMinute) {
  open("one");
  sink_.refuses = [](const OutboxRow&) { return true; };
  const auto tries = [&] { return catalog_.outbox().begin()->second.tries; };
  drain();
  for (const Millis wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    const std::int32_t before = tries();
    clock_.advance(wait - 1ms);
    drain();
    EXPECT_EQ(tries(), before) << wait.count();
    clock_.advance(1ms);
    drain();
    EXPECT_EQ(tries(), before + 1) << wait.count();
  }
}

TEST_F(DrainOutboxTest, ASinkThatNeverAnswersHoldsUpNobodyForEver) {
  object("one");
  class Silent final : public EventSink {
   public:
    Task<std::vector<PublishResult>> publish(std::vector<OutboxRow> rows) override {
      if (++calls == 1) co_await never.wait();
      co_return std::vector<PublishResult>(rows.size());
    }
    int calls = 0;
    fakes::Moment never;
  };
  Silent silent;
  Coordinator other{Ports{.catalog = catalog_,
                          .sessions = sessions_,
                          .events = &silent,
                          .timers = stepper_.timers(),
                          .clock = clock_,
                          .random = random_,
                          .buffers = buffers_},
                    {{DriveName{"default"}, Drive{.name = DriveName{"default"}, .store = &store_}}},
                    {},
                    [](std::string_view, const std::string&) {}};
  EXPECT_EQ(stepper_.run(other.drain_outbox("one", 100)), 0);
  EXPECT_EQ(catalog_.outbox().size(), 3U);
  clock_.advance(2s);
  EXPECT_EQ(stepper_.run(other.drain_outbox("one", 100)), 3);
}

TEST_F(DrainOutboxTest, ASinkThatIsAwayLosesNothing) {
  object("one");
  class Away final : public EventSink {
   public:
    Task<std::vector<PublishResult>> publish(std::vector<OutboxRow> rows) override {
      ++calls;
      if (calls == 1) throw unavailable(Reason::internal, "the sink is away", Outcome::unknown);
      co_return std::vector<PublishResult>(rows.size());
    }
    int calls = 0;
  };
  Away away;
  Coordinator other{Ports{.catalog = catalog_,
                          .sessions = sessions_,
                          .events = &away,
                          .timers = stepper_.timers(),
                          .clock = clock_,
                          .random = random_,
                          .buffers = buffers_},
                    {{DriveName{"default"}, Drive{.name = DriveName{"default"}, .store = &store_}}},
                    {},
                    [](std::string_view, const std::string&) {}};
  EXPECT_EQ(stepper_.run(other.drain_outbox("one", 100)), 0);
  EXPECT_EQ(catalog_.outbox().size(), 3U);
  clock_.advance(2s);
  EXPECT_EQ(stepper_.run(other.drain_outbox("one", 100)), 3);
}

TEST_F(DrainOutboxTest, WithoutASinkRowsAreDropped) {
  object("one");
  Coordinator none{Ports{.catalog = catalog_,
                         .sessions = sessions_,
                         .events = nullptr,
                         .timers = stepper_.timers(),
                         .clock = clock_,
                         .random = random_,
                         .buffers = buffers_},
                   {{DriveName{"default"}, Drive{.name = DriveName{"default"}, .store = &store_}}},
                   {},
                   [](std::string_view, const std::string&) {}};
  EXPECT_EQ(stepper_.run(none.drain_outbox("one", 100)), 3);
  EXPECT_TRUE(catalog_.outbox().empty());
}

TEST_F(DrainOutboxTest, AnAcknowledgementThatTheCatalogMissedIsPublishedAgain) {
  object("one");
  link_.refuse_next("mark_published", catalog_away(Outcome::retry));
  EXPECT_EQ(reason_of([&] { drain(); }), "CATALOG_UNAVAILABLE");
  clock_.advance(31s);
  EXPECT_EQ(drain(), 3);
  EXPECT_EQ(published(),
            (Names{"uploads.initiated", "uploads.initiated", "uploads.completed", "documents.created"}));
  expect_in_order();
}

TEST_F(DrainOutboxTest, WhatOneDrainerHasClaimedAnotherLeaves) {
  object("one");
  const auto claimed = stepper_.run(catalog_.claim_outbox("one", 1, 30s));
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_EQ(drain("two"), 0);
  clock_.advance(31s);
  EXPECT_EQ(drain("two"), 3) << "its claim has run out";
  expect_in_order();
}

TEST_F(DrainOutboxTest, AFewAtATime) {
  object("one");
  object("two");
  int total = 0;
  for (int published = drain("one", 2); published > 0; published = drain("one", 2)) {
    EXPECT_LE(published, 2);
    total += published;
  }
  EXPECT_EQ(total, 6);
  expect_in_order();
}

TEST_F(DrainOutboxTest, TheStoryOfANode) {
  const Node node = object("file");
  open("file");
  remove(node.id);
  remove(node.id, true);
  drain();
  EXPECT_EQ(published(),
            (Names{"uploads.initiated", "uploads.completed", "documents.created", "uploads.initiated",
                   "uploads.failed", "documents.deleted", "documents.deleted"}));
  expect_in_order();
}

}  // namespace
}  // namespace longshore
