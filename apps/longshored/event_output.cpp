#include "apps/longshored/event_output.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "domain/error.h"
#include "kafka/topics.h"

namespace longshore::server {
namespace {

/// An event for a topic that is not there would wait for ever, and nobody would know why.
void require_topics(const kafka::Options& options, const Log& log) {
  std::vector<std::string> missing;
  try {
    missing = kafka::missing_topics(options, event_kafka::topics());
  } catch (const Error& error) {
    if (error.outcome() == Outcome::refused) throw;
    log.warn("events wait until Kafka can be reached", {{"error", error.message()}});
  }
  if (missing.empty()) return;
  throw Error(Reason::internal, fmt::format("Kafka has no topic {}, or does not let this user see it: "
                                            "longshored topics setup makes what is missing",
                                            fmt::join(missing, ", ")));
}

}  // namespace

EventOutput::EventOutput(const Config& config, BlockingPool& disk, const Log& log) {
  switch (config.events) {
    case EventsKind::file:
      sink_ = std::make_unique<event_file::EventFile>(config.event_file(), disk);
      return;
    case EventsKind::kafka:
      require_topics(config.kafka, log);
      sink_ = std::make_unique<event_kafka::KafkaSink>(config.kafka, config.event_format, log);
      return;
    case EventsKind::none:
      return;
  }
}

}  // namespace longshore::server
