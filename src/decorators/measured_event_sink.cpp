#include "decorators/measured_event_sink.h"

#include <algorithm>

namespace longshore {

Task<std::vector<PublishResult>> MeasuredEventSink::publish(std::vector<OutboxRow> rows) {
  const std::size_t handed_over = rows.size();
  std::vector<PublishResult> results;
  try {
    results = co_await sink_.publish(std::move(rows));
  } catch (...) {
    metrics_.outbox_refused_total.add(static_cast<double>(handed_over));
    throw;
  }
  const auto published = std::count(results.begin(), results.end(), std::nullopt);
  metrics_.outbox_published_total.add(static_cast<double>(published));
  metrics_.outbox_refused_total.add(static_cast<double>(handed_over - static_cast<std::size_t>(published)));
  co_return results;
}

}  // namespace longshore
