#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace longshore {

/// Name and help of a metric. The name ends in its unit, "_total" for a counter.
struct MetricName {
  const char* name;
  const char* help;
};

/// A value that only grows.
class Counter {
 public:
  Counter(prometheus::Registry& registry, const MetricName& what);
  void add(double amount = 1) { counter_.Increment(amount); }

 private:
  prometheus::Counter& counter_;
};

/// A value that goes up and down.
class Gauge {
 public:
  Gauge(prometheus::Registry& registry, const MetricName& what);
  void set(double value) { gauge_.Set(value); }
  void add(double amount) { gauge_.Increment(amount); }

 private:
  prometheus::Gauge& gauge_;
};

using LabelNames = std::vector<const char*>;
using LabelValues = std::vector<std::string>;

/// Beyond this many series of one metric each further one counts as "other": whatever a label is fed with by
/// mistake, neither our memory nor the operator's Prometheus fills up. Thread-safe.
inline constexpr std::size_t kSeriesOfAMetricMax = 500;
inline constexpr std::size_t kLabelValueBytesMax = 100;

template <class Metric>
class SeriesByLabels {
 public:
  explicit SeriesByLabels(LabelNames names) : names_(std::move(names)) {}

  /// The series of these label values; `make(prometheus::Labels)` makes it where it is new.
  template <class Make>
  Metric& find(LabelValues values, Make make) {
    const std::lock_guard lock(mutex_);
    for (std::string& value : values) make_harmless(value);
    if (!series_.contains(values) && series_.size() >= kSeriesOfAMetricMax)
      values.assign(values.size(), kOther);
    auto [at, is_new] = series_.try_emplace(values, nullptr);
    if (is_new) at->second = &make(labels_of(values));
    return *at->second;
  }

 private:
  static constexpr const char* kOther = "other";

  static void make_harmless(std::string& value) {
    if (value.size() > kLabelValueBytesMax) value = kOther;
  }
  prometheus::Labels labels_of(const LabelValues& values) const {
    prometheus::Labels labels;
    for (std::size_t i = 0; i < names_.size(); ++i) labels.emplace(names_[i], values[i]);
    return labels;
  }

  const LabelNames names_;
  std::mutex mutex_;
  std::map<LabelValues, Metric*> series_;
};

/// Counters, one for each set of label values. `Labels` is a struct with the label values as members, with
/// `static LabelNames names()` and `LabelValues values() const`.
template <class Labels>
class Counters {
 public:
  Counters(prometheus::Registry& registry, const MetricName& what)
      : family_(prometheus::BuildCounter().Name(what.name).Help(what.help).Register(registry)) {}

  /// Has the series there at 0, before there is anything to count: a rate() does not see the first one of a
  /// series that begins with it. For labels that are known from the start.
  void show(const Labels& labels) { add(labels, 0); }

  void add(const Labels& labels, double amount = 1) {
    series_.find(labels.values(), [this](const prometheus::Labels& l) -> auto& { return family_.Add(l); })
        .Increment(amount);
  }

 private:
  prometheus::Family<prometheus::Counter>& family_;
  SeriesByLabels<prometheus::Counter> series_{Labels::names()};
};

/// Histograms, one for each set of label values.
template <class Labels>
class Histograms {
 public:
  using Bounds = prometheus::Histogram::BucketBoundaries;

  Histograms(prometheus::Registry& registry, const MetricName& what, Bounds bounds)
      : family_(prometheus::BuildHistogram().Name(what.name).Help(what.help).Register(registry)),
        bounds_(std::move(bounds)) {}

  void observe(const Labels& labels, double value) {
    series_
        .find(labels.values(),
              [this](const prometheus::Labels& l) -> auto& { return family_.Add(l, bounds_); })
        .Observe(value);
  }

 private:
  prometheus::Family<prometheus::Histogram>& family_;
  const Bounds bounds_;
  SeriesByLabels<prometheus::Histogram> series_{Labels::names()};
};

}  // namespace longshore
