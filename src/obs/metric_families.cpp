#include "obs/metric_families.h"

namespace longshore {

Counter::Counter(prometheus::Registry& registry, const MetricName& what)
    : counter_(prometheus::BuildCounter().Name(what.name).Help(what.help).Register(registry).Add({})) {}

Gauge::Gauge(prometheus::Registry& registry, const MetricName& what)
    : gauge_(prometheus::BuildGauge().Name(what.name).Help(what.help).Register(registry).Add({})) {}

}  // namespace longshore
