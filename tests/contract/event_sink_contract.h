#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "ports/event_sink.h"
#include "tests/fakes/await.h"

/// What every event sink keeps to (ports/event_sink.h).
namespace longshore::contract {

/// A sink, and what a consumer behind it would have read.
class EventSinkWorld {
 public:
  EventSinkWorld() = default;
  EventSinkWorld(const EventSinkWorld&) = delete;
  EventSinkWorld& operator=(const EventSinkWorld&) = delete;
  virtual ~EventSinkWorld() = default;

  virtual EventSink& sink() = 0;
  /// The server is started anew; what was acknowledged must still be there.
  virtual void restart() = 0;
  struct Published {
    std::string topic;
    std::string event_id;
    std::string document_id;
    bool operator==(const Published&) const = default;
  };
  virtual std::vector<Published> published() = 0;
};

struct EventSinkCase {
  std::string name;
  std::function<std::unique_ptr<EventSinkWorld>()> make;
};

class EventSinkContract : public testing::TestWithParam<EventSinkCase> {
 protected:
  static OutboxRow row_of(int node, int sequence, EventType type = EventType::upload_initiated) {
    OutboxRow row;
    row.sequence = sequence;
    row.timestamp = from_epoch_ms(1'700'000'000'000 + sequence);
    row.event.type = type;
    row.event.node = NodeId("node-000" + std::to_string(node));
    row.event.connector = ConnectorId("cli");
    row.event.upload = UploadId(row.event.node.str());
    row.event_id = event_id_of(row.event.node, operation_of(type), row.timestamp);
    return row;
  }
  static EventSinkWorld::Published seen(const OutboxRow& row) {
    return {std::string(topic_of(row.event.type)), row.event_id, row.event.node.str()};
  }
  std::vector<PublishResult> publish(std::vector<OutboxRow> rows) {
    return await(world_->sink().publish(std::move(rows)));
  }

  std::unique_ptr<EventSinkWorld> world_ = GetParam().make();
};

TEST_P(EventSinkContract, NothingToPublish) {
  EXPECT_TRUE(publish({}).empty());
  EXPECT_TRUE(world_->published().empty());
}

TEST_P(EventSinkContract, OneResultARowAndEachIsThere) {
  const std::vector<OutboxRow> rows{row_of(1, 1), row_of(2, 1, EventType::document_created),
                                    row_of(3, 4, EventType::upload_failed)};
  EXPECT_EQ(publish(rows), std::vector<PublishResult>(3));
  std::multimap<std::string, EventSinkWorld::Published> published;
  for (const auto& event : world_->published()) published.emplace(event.document_id, event);
  ASSERT_EQ(published.size(), 3U);
  for (const OutboxRow& row : rows) EXPECT_EQ(published.find(row.event.node.str())->second, seen(row));
}

TEST_P(EventSinkContract, TheRowsOfANodeKeepTheirOrder) {
  std::vector<EventSinkWorld::Published> expected;
  for (int sequence = 1; sequence <= 20; ++sequence) {
    const OutboxRow row = row_of(
        1, sequence, sequence % 2 == 0 ? EventType::upload_completed : EventType::upload_initiated);
    EXPECT_EQ(publish({row}), std::vector<PublishResult>(1));
    expected.push_back(seen(row));
  }
  EXPECT_EQ(world_->published(), expected);
}

TEST_P(EventSinkContract, ARowMayComeAgainWithTheSameId) {
  const OutboxRow row = row_of(1, 1);
  publish({row});
  publish({row});
  for (const auto& event : world_->published()) EXPECT_EQ(event, seen(row));
}

TEST_P(EventSinkContract, WhatWasAcknowledgedSurvivesARestart) {
  publish({row_of(1, 1), row_of(2, 1)});
  world_->restart();
  EXPECT_EQ(world_->published().size(), 2U);
  publish({row_of(1, 2)});
  EXPECT_EQ(world_->published().size(), 3U);
}

TEST_P(EventSinkContract, CallsAtTheSameTime) {
  std::vector<Task<std::vector<PublishResult>>> calls;
  for (int node = 1; node <= 8; ++node) {
    std::vector<OutboxRow> rows;
    rows.push_back(row_of(node, 1));
    calls.push_back(world_->sink().publish(std::move(rows)));
  }
  for (const auto& results : await_all(std::move(calls))) EXPECT_EQ(results, std::vector<PublishResult>(1));
  EXPECT_EQ(world_->published().size(), 8U);
}

}  // namespace longshore::contract
