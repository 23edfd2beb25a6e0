#include <filesystem>
#include <fstream>
#include <optional>
#include <unistd.h>

#include <boost/json/parse.hpp>

#include "events/file/event_file.h"
#include "tests/contract/event_sink_contract.h"
#include "tests/fakes/memory_event_sink.h"

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

}  // namespace
}  // namespace longshore::contract
