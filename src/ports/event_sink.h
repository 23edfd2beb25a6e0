#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/event.h"
#include "ports/body_source.h"

namespace longshore {

/// What became of one row: nullopt = acknowledged and durable at the sink; else why not (it will be tried
/// again, same id).
using PublishResult = std::optional<std::string>;

/// Where events go. At least once: a row may come again with the same event id. Thread-safe.
class EventSink {
 public:
  EventSink() = default;
  EventSink(const EventSink&) = delete;
  EventSink& operator=(const EventSink&) = delete;
  virtual ~EventSink() = default;

  /// Publishes rows of different nodes; one result a row, in order. The caller sends no two rows of one node
  /// in one call.
  virtual Task<std::vector<PublishResult>> publish(std::vector<OutboxRow> rows) = 0;
};

}  // namespace longshore
