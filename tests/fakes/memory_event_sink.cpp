#include "tests/fakes/memory_event_sink.h"

#include <utility>

namespace longshore {

Task<std::vector<PublishResult>> MemoryEventSink::publish(std::vector<OutboxRow> rows) {
  std::vector<PublishResult> results;
  for (OutboxRow& row : rows) {
    if (refuses && refuses(row)) {
      results.emplace_back("the sink refuses it");
    } else {
      results.emplace_back();
      published_.push_back(std::move(row));
    }
  }
  co_return results;
}

}  // namespace longshore
