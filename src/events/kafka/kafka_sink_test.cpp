#include "events/kafka/kafka_sink.h"

#include <set>

#include <gtest/gtest.h>

#include "events/event_json.h"

namespace longshore::event_kafka {
namespace {

OutboxRow row_of(EventType type) {
  OutboxRow row;
  row.event_id = "0123456789abcdef";
  row.sequence = 7;
  row.timestamp = from_epoch_ms(1'700'000'000'000);
  row.event.type = type;
  row.event.node = NodeId("node-0001");
  row.event.facts.size = 42;
  return row;
}

TEST(KafkaSink, TheRecordOfARow) {
  const kafka::Record record = record_of(row_of(EventType::document_created), Format::protobuf);
  EXPECT_EQ(record.topic, "repository.documents.created");
  EXPECT_EQ(record.key, "node-0001");
  const std::vector<std::pair<std::string, std::string>> headers{
      {"event-id", "0123456789abcdef"}, {"event-type", "documents.created"}, {"schema-version", "1"}};
  EXPECT_EQ(record.headers, headers);
}

TEST(KafkaSink, TheValueIsTheEventInEitherForm) {
  const OutboxRow row = row_of(EventType::document_created);
  longshore::v1::RepositoryEvent event;
  ASSERT_TRUE(event.ParseFromString(record_of(row, Format::protobuf).value));
  EXPECT_EQ(event.SerializeAsString(), to_event(row).SerializeAsString());
  EXPECT_EQ(event.sequence(), 7);
  EXPECT_EQ(event.created().size(), 42);
  EXPECT_EQ(record_of(row, Format::json).value, event_json(row));
}

TEST(KafkaSink, EachTypeHasItsTopic) {
  const std::vector<std::string> all = topics();
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()),
            (std::set<std::string>{"repository.uploads.initiated", "repository.uploads.completed",
                                   "repository.uploads.failed", "repository.documents.created",
                                   "repository.documents.updated", "repository.documents.deleted"}));
}

}  // namespace
}  // namespace longshore::event_kafka
