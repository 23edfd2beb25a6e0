#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <unistd.h>

#include <boost/json/parse.hpp>

#include "events/event_json.h"
#include "events/file/event_file.h"
#include "events/kafka/kafka_sink.h"
#include "kafka/topics.h"
#include "tests/contract/event_sink_contract.h"
#include "tests/fakes/memory_event_sink.h"
#include "tests/services/kafka_process.h"
#include "tests/services/kafka_reader.h"

namespace longshore::contract {
namespace {

class EventFileWorld final : public EventSinkWorld {
 public:
  EventFileWorld()
      : file_(std::filesystem::path(testing::TempDir()) /
              ("contract-" + std::to_string(::getpid()) + ".jsonl")) {
    std::filesystem::remove(file_);
    restart();
  }
  ~EventFileWorld() override { std::filesystem::remove(file_); }

  EventSink& sink() override { return *sink_; }
  void restart() override {
    sink_.reset();
    sink_.emplace(file_, pool_);
  }
  std::vector<Published> published() override {
    std::vector<Published> events;
    std::ifstream lines(file_);
    for (std::string line; std::getline(lines, line);) {
      const auto object = boost::json::parse(line).as_object();
      const auto& event = object.at("event").as_object();
      events.push_back({text(object.at("topic")), text(event.at("eventId")), text(event.at("documentId"))});
    }
    return events;
  }

 private:
  static std::string text(const boost::json::value& value) { return std::string(value.as_string()); }

  std::filesystem::path file_;
  BlockingPool pool_{2};
  std::optional<event_file::EventFile> sink_;
};

class KafkaWorld final : public EventSinkWorld {
 public:
  KafkaWorld() { restart(); }

  EventSink& sink() override { return *sink_; }
  void restart() override {
    sink_.reset();
    sink_.emplace(kafka().options(), event_kafka::Format::protobuf, Log::none());
  }
  /// As somebody reads them who takes a node's events in their order, from all topics at once: a record that
  /// stands before its turn in its own partition stays out of order.
  std::vector<Published> published() override {
    std::map<std::string, std::deque<longshore::v1::RepositoryEvent>> topics;
    for (const services::KafkaRecord& record : reader_.read()) {
      longshore::v1::RepositoryEvent event;
      EXPECT_TRUE(event.ParseFromString(record.value));
      EXPECT_EQ(record.key, event.document_id());
      EXPECT_EQ(record.headers.at("event-id"), event.event_id());
      topics[record.topic].push_back(std::move(event));
    }
    std::vector<Published> events;
    const auto first_sequence = [](const auto& a, const auto& b) {
      return a.second.front().sequence() < b.second.front().sequence();
    };
    while (!topics.empty()) {
      const auto next = std::min_element(topics.begin(), topics.end(), first_sequence);
      events.push_back({next->first, next->second.front().event_id(), next->second.front().document_id()});
      next->second.pop_front();
      if (next->second.empty()) topics.erase(next);
    }
    return events;
  }

 private:
  static services::KafkaProcess& kafka() {
    static const auto made = kafka::create_topics(services::KafkaProcess::of_this_program().options(),
                                                  event_kafka::topics());
    return services::KafkaProcess::of_this_program();
  }

  const services::KafkaReader reader_{kafka().brokers, event_kafka::topics()};
  std::optional<event_kafka::KafkaSink> sink_;
};

class MemoryWorld final : public EventSinkWorld {
 public:
  EventSink& sink() override { return sink_; }
  void restart() override {}  // it stands for a sink that is elsewhere
  std::vector<Published> published() override {
    std::vector<Published> events;
    for (const OutboxRow& row : sink_.published()) {
      events.push_back({std::string(topic_of(row.event.type)), row.event_id, row.event.node.str()});
    }
    return events;
  }

 private:
  MemoryEventSink sink_;
};

INSTANTIATE_TEST_SUITE_P(Memory, EventSinkContract,
                         testing::Values(EventSinkCase{"memory",
                                                       [] { return std::make_unique<MemoryWorld>(); }}),
                         [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(EventFile, EventSinkContract,
                         testing::Values(EventSinkCase{"file",
                                                       [] { return std::make_unique<EventFileWorld>(); }}),
                         [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(Kafka, EventSinkContract,
                         testing::Values(EventSinkCase{"kafka",
                                                       [] { return std::make_unique<KafkaWorld>(); }}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace longshore::contract
