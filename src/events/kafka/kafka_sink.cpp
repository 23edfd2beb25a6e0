#include "events/kafka/kafka_sink.h"

#include <array>
#include <utility>

#include "events/event_json.h"

namespace longshore::event_kafka {
namespace {

constexpr const char* kSchemaVersion = "1";  // of events.proto: raised when old readers would misread it

constexpr std::array kTypes{EventType::upload_initiated, EventType::upload_completed,
                            EventType::upload_failed,    EventType::document_created,
                            EventType::document_updated, EventType::document_deleted};

}  // namespace

Task<std::vector<PublishResult>> KafkaSink::publish(std::vector<OutboxRow> rows) {
  std::vector<kafka::Record> records;
  records.reserve(rows.size());
  for (const OutboxRow& row : rows) records.push_back(record_of(row, format_));
  co_return co_await producer_.send(std::move(records));
}

kafka::Record record_of(const OutboxRow& row, Format format) {
  return {.topic = std::string(topic_of(row.event.type)),
          .key = row.event.node.str(),
          .value = format == Format::json ? event_json(row) : to_event(row).SerializeAsString(),
          .headers = {{"event-id", row.event_id},
                      {"event-type", std::string(to_string(row.event.type))},
                      {"schema-version", kSchemaVersion}}};
}

std::vector<std::string> topics() {
  std::vector<std::string> names;
  for (const EventType type : kTypes) names.emplace_back(topic_of(type));
  return names;
}

}  // namespace longshore::event_kafka
