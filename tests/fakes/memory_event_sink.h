#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ports/event_sink.h"

namespace longshore {

/// Where events go, in memory. Every call does its step at once, without suspending. One thread only.
class MemoryEventSink final : public EventSink {
 public:
  Task<std::vector<PublishResult>> publish(std::vector<OutboxRow> rows) override;

  /// Every publication in the order of arrival, also those that came again.
  [[nodiscard]] const std::vector<OutboxRow>& published() const { return published_; }

  /// Rows that it does not take; empty: it takes all.
  std::function<bool(const OutboxRow&)> refuses;

 private:
  std::vector<OutboxRow> published_;
};

}  // namespace longshore
