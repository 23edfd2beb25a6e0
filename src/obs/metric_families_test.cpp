#include "obs/metric_families.h"

#include <algorithm>
#include <thread>

#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

namespace longshore {
namespace {

struct ByName {
  std::string name;
  static LabelNames names() { return {"name"}; }
  [[nodiscard]] LabelValues values() const { return {name}; }
};

class MetricFamiliesTest : public testing::Test {
 protected:
  std::string text() const { return prometheus::TextSerializer().Serialize(registry_.Collect()); }
  bool has_line(const std::string& line) const { return text().find(line + "\n") != std::string::npos; }

  prometheus::Registry registry_;
};

TEST_F(MetricFamiliesTest, SingleOnesShowFromTheBeginning) {
  Counter counter(registry_, {"c_total", "C."});
  Gauge gauge(registry_, {"g_bytes", "G."});
  EXPECT_TRUE(has_line("c_total 0") && has_line("g_bytes 0"));
  counter.add();
  counter.add(2);
  gauge.set(7);
  gauge.add(-2);
  EXPECT_TRUE(has_line("c_total 3") && has_line("g_bytes 5"));
}

TEST_F(MetricFamiliesTest, SeriesCanBeThereBeforeTheyCount) {
  Counters<ByName> counters(registry_, {"c_total", "C."});
  counters.show({"a"});
  EXPECT_TRUE(has_line("c_total{name=\"a\"} 0"));
  counters.add({"a"});
  counters.show({"a"});
  EXPECT_TRUE(has_line("c_total{name=\"a\"} 1"));
}

TEST_F(MetricFamiliesTest, SeriesAreCountedApart) {
  Counters<ByName> counters(registry_, {"c_total", "C."});
  Histograms<ByName> histograms(registry_, {"h_seconds", "H."}, {1, 10});
  counters.add({"a"});
  counters.add({"a"}, 2);
  counters.add({"b\"\n"});
  histograms.observe({"a"}, 0.5);
  histograms.observe({"a"}, 5);
  EXPECT_TRUE(has_line("c_total{name=\"a\"} 3"));
  EXPECT_TRUE(has_line("c_total{name=\"b\\\"\\n\"} 1"));
  EXPECT_TRUE(has_line("h_seconds_bucket{name=\"a\",le=\"1\"} 1"));
  EXPECT_TRUE(has_line("h_seconds_bucket{name=\"a\",le=\"10\"} 2"));
  EXPECT_TRUE(has_line("h_seconds_count{name=\"a\"} 2"));
}

TEST_F(MetricFamiliesTest, CardinalityIsBounded) {
  Counters<ByName> counters(registry_, {"c_total", "C."});
  for (std::size_t i = 0; i < kSeriesOfAMetricMax + 5; ++i) counters.add({"n" + std::to_string(i)});
  counters.add({"n0"});
  EXPECT_TRUE(has_line("c_total{name=\"other\"} 5"));
  EXPECT_TRUE(has_line("c_total{name=\"n0\"} 2"));
  const std::string all = text();
  EXPECT_LE(std::count(all.begin(), all.end(), '\n'), static_cast<std::ptrdiff_t>(kSeriesOfAMetricMax) + 3);
}

TEST_F(MetricFamiliesTest, AnEndlessLabelValueIsOther) {
  Counters<ByName> counters(registry_, {"c_total", "C."});
  counters.add({std::string(kLabelValueBytesMax, 'x')});
  counters.add({std::string(kLabelValueBytesMax + 1, 'x')});
  EXPECT_TRUE(has_line("c_total{name=\"other\"} 1"));
}

TEST_F(MetricFamiliesTest, ThreadsCountTogether) {
  Counters<ByName> counters(registry_, {"c_total", "C."});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&counters] {
      for (int i = 0; i < 1'000; ++i) counters.add({i % 2 == 0 ? "even" : "odd"});
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(has_line("c_total{name=\"even\"} 2000") && has_line("c_total{name=\"odd\"} 2000"));
}

}  // namespace
}  // namespace longshore
