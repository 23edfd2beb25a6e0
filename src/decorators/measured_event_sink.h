#pragma once

#include <utility>
#include <vector>

#include "obs/metrics.h"
#include "ports/event_sink.h"

namespace longshore {

/// An event sink whose publications and refusals are counted. `sink` and `metrics` outlive it.
class MeasuredEventSink final : public EventSink {
 public:
  MeasuredEventSink(EventSink& sink, Metrics& metrics) : sink_(sink), metrics_(metrics) {}

  Task<std::vector<PublishResult>> publish(std::vector<OutboxRow> rows) override;

 private:
  EventSink& sink_;
  Metrics& metrics_;
};

}  // namespace longshore
