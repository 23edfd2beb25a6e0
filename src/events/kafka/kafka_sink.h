#pragma once

#include <string>
#include <vector>

#include "kafka/producer.h"
#include "obs/log.h"
#include "ports/event_sink.h"

namespace longshore::event_kafka {

enum class Format { protobuf, json };

/// Events as records of Kafka (docs/formats/events-kafka.md): a topic a type, the node as the key. A row is
/// acknowledged when all replicas in sync have it. While no broker takes it, it is refused after
/// kafka::Options::timeout, and waits in the outbox. Thread-safe.
class KafkaSink final : public EventSink {
 public:
  /// As kafka::Producer.
  KafkaSink(const kafka::Options& options, Format format, const Log& log)
      : format_(format), producer_(options, log) {}

  Task<std::vector<PublishResult>> publish(std::vector<OutboxRow> rows) override;

 private:
  const Format format_;
  kafka::Producer producer_;
};

/// The record of a row: the same bytes at every try.
kafka::Record record_of(const OutboxRow& row, Format format);

/// Every topic that there may be events for.
std::vector<std::string> topics();

}  // namespace longshore::event_kafka
