#pragma once

#include <algorithm>
#include <map>
#include <set>

#include "tests/contract/catalog_suite.h"

namespace longshore {

constexpr Millis kClaim{30'000};

class CatalogOutboxSuite : public CatalogSuite {
 protected:
  std::vector<OutboxRow> claim(const std::string& drainer, int limit = 1000) {
    return await(catalog().claim_outbox(drainer, limit, kClaim));
  }
  void mark(const std::vector<OutboxRow>& rows) {
    std::vector<std::int64_t> numbers;
    for (const OutboxRow& row : rows) numbers.push_back(row.row);
    await(catalog().mark_published(numbers));
  }
  void release(const std::string& drainer, int node, Millis delay, std::int64_t failed_row = 0) {
    await(catalog().release_outbox(drainer, {sample_node_id(node)}, delay, failed_row));
  }
  static std::vector<std::int64_t> sequences(const std::vector<OutboxRow>& rows, int node) {
    std::vector<std::int64_t> found;
    for (const OutboxRow& row : rows) {
      if (row.event.node == sample_node_id(node)) found.push_back(row.sequence);
    }
    return found;
  }
  using Sequences = std::vector<std::int64_t>;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CatalogOutboxSuite);

// ---- numbering

TEST_P(CatalogOutboxSuite, EventsAreNumberedInTheOrderOfTheChange) {
  EventDraft failed = full_event(1);
  add_upload(1, {sample_event(1, EventType::upload_initiated), failed,
                 sample_event(1, EventType::document_created)});
  const auto rows = outbox();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(sequences(rows, 1), (Sequences{1, 2, 3}));
  EXPECT_EQ(rows[0].timestamp, clock_.now());
  EXPECT_EQ(rows[1].timestamp, clock_.now() + Millis{1});
  EXPECT_EQ(rows[2].timestamp, clock_.now() + Millis{2});
  EXPECT_EQ(rows[1].event, failed) << "every field";
  EXPECT_EQ(rows[0].event.type, EventType::upload_initiated);
  EXPECT_EQ(rows[2].event.type, EventType::document_created);
  for (const OutboxRow& row : rows) {
    EXPECT_EQ(row.event_id, event_id_of(row.event.node, operation_of(row.event.type), row.timestamp));
    EXPECT_EQ(row.tries, 0);
    EXPECT_GT(row.row, 0);
  }
  EXPECT_LT(rows[0].row, rows[1].row);
  EXPECT_LT(rows[1].row, rows[2].row);
}

TEST_P(CatalogOutboxSuite, EachNodeCountsByItself) {
  add_upload(1);
  add_upload(2);
  for (int i = 0; i < 3; ++i) {  // changes that do not write the node itself
    add_events(1, 1);
    add_events(2, 1);
  }
  EXPECT_EQ(sequences(outbox(), 1), (Sequences{1, 2, 3}));
  EXPECT_EQ(sequences(outbox(), 2), (Sequences{1, 2, 3}));
  EXPECT_EQ(node(1)->revision, 1) << "an event alone does not change the node's revision";
}

TEST_P(CatalogOutboxSuite, NumbersGoOnAfterPublicationAndChangesOfTheNode) {
  add_upload(1);
  add_events(1, 2);
  const auto before = claim("a");
  mark(before);
  Change change;
  change.node = NodeWrite{*node(1), 1};
  change.events.push_back(sample_event(1, EventType::document_updated));
  ASSERT_TRUE(commit(change));
  const auto rows = outbox();
  EXPECT_EQ(sequences(rows, 1), Sequences{3});
  EXPECT_GT(rows.at(0).row, before.back().row) << "the number of a published row is never given again";
  EXPECT_GT(rows.at(0).timestamp, before.back().timestamp);
}

TEST_P(CatalogOutboxSuite, TimestampsGrowThoughTheClockStandsOrGoesBack) {
  add_upload(1);
  add_events(1, 2);
  clock_.advance(Millis{-60'000});
  add_events(1, 2);
  clock_.advance(Millis{120'000});
  add_events(1, 1);
  const auto rows = outbox();
  ASSERT_EQ(rows.size(), 5U);
  for (std::size_t i = 1; i < rows.size(); ++i) EXPECT_LT(rows[i - 1].timestamp, rows[i].timestamp);
  EXPECT_EQ(rows.back().timestamp, clock_.now());
}

TEST_P(CatalogOutboxSuite, ManyWritersAtOnceLeaveNoGap) {
  add_upload(1);
  std::vector<Task<bool>> writers;
  for (int i = 0; i < 20; ++i) {
    Change change;
    change.events.assign(2, sample_event(1, EventType::document_updated));
    writers.push_back(catalog().commit(std::move(change)));
  }
  const auto won = await_all(std::move(writers));
  EXPECT_EQ(std::ranges::count(won, true), 20);
  const auto rows = outbox();
  ASSERT_EQ(rows.size(), 40U);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].sequence, static_cast<std::int64_t>(i) + 1);
    if (i > 0) EXPECT_LT(rows[i - 1].timestamp, rows[i].timestamp);
  }
}

// ---- claims

TEST_P(CatalogOutboxSuite, ManyDrainersAtOnceShareNoNode) {
  for (int number = 1; number <= 8; ++number) {
    add_upload(number);
    add_events(number, 3);
  }
  std::vector<Task<std::vector<OutboxRow>>> drainers;
  for (int i = 0; i < 8; ++i) drainers.push_back(catalog().claim_outbox(std::to_string(i), 5, kClaim));
  std::map<NodeId, std::set<std::size_t>> drained_by;
  const auto claimed = await_all(std::move(drainers));
  for (std::size_t i = 0; i < claimed.size(); ++i) {
    for (const OutboxRow& row : claimed[i]) drained_by[row.event.node].insert(i);
  }
  EXPECT_EQ(drained_by.size(), 8U) << "and none is left over";
  for (const auto& [node, by] : drained_by) EXPECT_EQ(by.size(), 1U) << node.str();
}

TEST_P(CatalogOutboxSuite, TwoDrainersNeverShareANode) {
  add_upload(1);
  add_upload(2);
  add_events(1, 2);
  add_events(2, 2);
  const auto of_a = claim("a", 2);
  ASSERT_EQ(of_a.size(), 2U);
  const auto of_b = claim("b");
  for (const OutboxRow& row : of_b) {
    EXPECT_TRUE(
        std::ranges::none_of(of_a, [&](const OutboxRow& r) { return r.event.node == row.event.node; }));
  }
  EXPECT_TRUE(claim("c").empty() || of_b.empty());
}

TEST_P(CatalogOutboxSuite, AClaimEndsByTheClock) {
  add_upload(1);
  add_events(1, 2);
  EXPECT_EQ(sequences(claim("a"), 1), (Sequences{1, 2}));
  EXPECT_TRUE(claim("b").empty());
  clock_.advance(kClaim - Millis{1});
  EXPECT_TRUE(claim("b").empty());
  clock_.advance(Millis{1});
  EXPECT_EQ(sequences(claim("b"), 1), (Sequences{1, 2}));
  EXPECT_TRUE(claim("a").empty()) << "it is b's now";
  release("a", 1, Millis{0});  // too late: not a's to give back
  EXPECT_TRUE(claim("c").empty());
}

TEST_P(CatalogOutboxSuite, AClaimIsRenewedByClaimingAgain) {
  add_upload(1);
  add_events(1, 3);
  ASSERT_EQ(claim("a", 1).size(), 1U);
  clock_.advance(kClaim - Millis{1});
  EXPECT_EQ(sequences(claim("a"), 1), (Sequences{1, 2, 3}));
  clock_.advance(kClaim - Millis{1});
  EXPECT_TRUE(claim("b").empty());
}

TEST_P(CatalogOutboxSuite, AtMostSoManyRowsAndTheFirstOnesOfANode) {
  add_upload(1);
  add_events(1, 5);
  const auto first = claim("a", 2);
  EXPECT_EQ(sequences(first, 1), (Sequences{1, 2}));
  EXPECT_TRUE(claim("b").empty()) << "the rest of a claimed node is claimed too";
  mark(first);
  EXPECT_EQ(sequences(claim("a", 2), 1), (Sequences{3, 4}));
}

TEST_P(CatalogOutboxSuite, OrderAndNoGapAfterPartialPublication) {
  add_upload(1);
  add_events(1, 4);
  auto rows = claim("a");
  mark({rows[0]});
  clock_.advance(kClaim);
  rows = claim("b");
  EXPECT_EQ(sequences(rows, 1), (Sequences{2, 3, 4}));
  mark({rows[0], rows[1]});
  add_events(1, 1);
  release("b", 1, Millis{0});
  EXPECT_EQ(sequences(claim("c"), 1), (Sequences{4, 5}));
}

TEST_P(CatalogOutboxSuite, EventsOfAClaimedNodeAreNotGivenToAnother) {
  add_upload(1);
  add_events(1, 1);
  ASSERT_EQ(claim("a").size(), 1U);
  add_events(1, 1);
  EXPECT_TRUE(claim("b").empty());
  EXPECT_EQ(sequences(claim("a"), 1), (Sequences{1, 2}));
}

TEST_P(CatalogOutboxSuite, AFullyPublishedNodeIsFree) {
  add_upload(1);
  add_events(1, 2);
  mark(claim("a"));
  EXPECT_TRUE(outbox().empty());
  add_events(1, 1);
  EXPECT_EQ(sequences(claim("b"), 1), Sequences{3});
}

TEST_P(CatalogOutboxSuite, PublishedTwiceOrUnknownIsNoError) {
  add_upload(1);
  add_events(1, 2);
  const auto rows = claim("a");
  mark({rows[0]});
  mark({rows[0]});
  await(catalog().mark_published({0, 999'999}));
  EXPECT_EQ(sequences(outbox(), 1), Sequences{2});
}

// ---- giving back, deferring, skipping

TEST_P(CatalogOutboxSuite, AReleasedNodeIsDeferredAndItsTriesCounted) {
  add_upload(1);
  add_upload(2);
  add_events(1, 2);
  add_events(2, 1);
  const auto rows = claim("a");
  const auto refused = std::ranges::find_if(rows, [](const OutboxRow& row) {
                         return row.event.node == sample_node_id(1);
                       })->row;
  release("a", 1, Millis{5000}, refused);
  EXPECT_TRUE(claim("b").empty()) << "1 is deferred, 2 is a's";
  EXPECT_TRUE(sequences(claim("a"), 1).empty()) << "deferred for everybody";
  add_events(1, 1);
  EXPECT_TRUE(claim("b").empty()) << "what comes later waits behind it";
  clock_.advance(Millis{4999});
  EXPECT_TRUE(claim("b").empty());
  clock_.advance(Millis{1});
  const auto again = claim("b");
  EXPECT_EQ(sequences(again, 1), (Sequences{1, 2, 3}));
  EXPECT_EQ(again.at(0).tries, 1);
  EXPECT_EQ(again.at(1).tries, 0);
  EXPECT_EQ(again.at(0).event_id, rows.at(0).event_id) << "the same at every try";
}

TEST_P(CatalogOutboxSuite, ReleasedWithoutDelayItIsFreeAtOnce) {
  add_upload(1);
  add_events(1, 1);
  ASSERT_EQ(claim("a").size(), 1U);
  release("a", 1, Millis{0});
  EXPECT_EQ(claim("b").at(0).tries, 0);
}

TEST_P(CatalogOutboxSuite, APersonSkipsARow) {
  add_upload(1);
  add_events(1, 2);
  const auto rows = claim("a");
  release("a", 1, Millis{60'000}, rows[0].row);
  EXPECT_FALSE(await(catalog().skip_outbox("no such event")));
  const auto skipped = await(catalog().skip_outbox(rows[0].event_id));
  ASSERT_TRUE(skipped);
  EXPECT_EQ(skipped->row, rows[0].row);
  EXPECT_EQ(skipped->sequence, 1);
  EXPECT_EQ(skipped->tries, 1);
  EXPECT_EQ(skipped->event, rows[0].event);
  EXPECT_FALSE(await(catalog().skip_outbox(rows[0].event_id)));
  EXPECT_EQ(sequences(claim("b"), 1), Sequences{2}) << "what it waited for is gone";
}

TEST_P(CatalogOutboxSuite, SkippingDoesNotTakeAClaimAway) {
  add_upload(1);
  add_events(1, 2);
  const auto rows = claim("a");
  ASSERT_TRUE(await(catalog().skip_outbox(rows[0].event_id)));
  EXPECT_TRUE(claim("b").empty());
  EXPECT_EQ(sequences(claim("a"), 1), Sequences{2});
}

TEST_P(CatalogOutboxSuite, LookingClaimsNothing) {
  add_upload(1);
  const auto none = await(catalog().outbox_state());
  EXPECT_EQ(none.waiting, 0);
  EXPECT_FALSE(none.oldest);
  EXPECT_EQ(none.now, clock_.now());
  const Time first = clock_.now();
  add_events(1, 1);
  clock_.advance(Millis{500});
  add_events(1, 2);

  const auto state = await(catalog().outbox_state());
  EXPECT_EQ(state.waiting, 3);
  EXPECT_EQ(state.oldest, first);
  EXPECT_EQ(state.now, clock_.now());
  EXPECT_EQ(sequences(await(catalog().peek_outbox(2)), 1), (Sequences{1, 2}));
  EXPECT_EQ(claim("a").size(), 3U);
  EXPECT_EQ(await(catalog().peek_outbox(10)).size(), 3U) << "also what is claimed";
}

TEST_P(CatalogOutboxSuite, EventsOutliveTheirNode) {
  add_node(1);
  add_operation(ended_operation(1, 1, clock_.now()));
  add_events(1, 2);
  ASSERT_TRUE(await(catalog().forget(upload_id_of(sample_node_id(1), 1), 1, true)));
  const auto rows = claim("a");
  EXPECT_EQ(sequences(rows, 1), (Sequences{1, 2}));
  mark(rows);
  EXPECT_TRUE(outbox().empty());
}

}  // namespace longshore
