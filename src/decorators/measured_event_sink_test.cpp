#include "decorators/measured_event_sink.h"

#include <gtest/gtest.h>

#include "decorators/metrics_text_test.h"
#include "tests/fakes/await.h"
#include "tests/fakes/memory_event_sink.h"

namespace longshore {
namespace {

TEST(MeasuredEventSinkTest, PublishedAndRefused) {
  Metrics metrics;
  MemoryEventSink sink;
  sink.refuses = [](const OutboxRow& row) { return row.event_id == "bad"; };
  MeasuredEventSink measured(sink, metrics);
  std::vector<OutboxRow> rows(3);
  rows[1].event_id = "bad";
  const auto results = await(measured.publish(rows));
  EXPECT_FALSE(results[0].has_value());
  EXPECT_TRUE(results[1].has_value());
  EXPECT_EQ(metric(metrics, "longshore_outbox_published_total"), "2");
  EXPECT_EQ(metric(metrics, "longshore_outbox_refused_total"), "1");
}

}  // namespace
}  // namespace longshore
