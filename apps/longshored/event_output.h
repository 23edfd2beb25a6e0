#pragma once

#include <memory>

#include "apps/longshored/config.h"
#include "events/file/event_file.h"
#include "events/kafka/kafka_sink.h"
#include "net/blocking_pool.h"
#include "obs/log.h"

namespace longshore::server {

/// The event sink that the configuration names.
class EventOutput {
 public:
  /// Throws Error: a file that cannot be opened, settings of Kafka that cannot be, a topic that is missing. A
  /// Kafka that cannot be reached at the moment is a warning: events wait until it is back. Blocks. `disk` is
  /// joined before this goes.
  EventOutput(const Config& config, BlockingPool& disk, const Log& log);

  /// Null: events are dropped.
  [[nodiscard]] EventSink* sink() { return sink_.get(); }

 private:
  std::unique_ptr<EventSink> sink_;
};

}  // namespace longshore::server
