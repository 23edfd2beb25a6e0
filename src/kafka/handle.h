#pragma once

#include <functional>
#include <librdkafka/rdkafka.h>
#include <memory>
#include <string_view>

#include "kafka/options.h"
#include "obs/log.h"

/// librdkafka's objects with an owner.
namespace longshore::kafka {

template <auto destroy>
struct Destroy {
  void operator()(auto* object) const { destroy(object); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, Destroy<rd_kafka_conf_destroy>>;
using Handle = std::unique_ptr<rd_kafka_t, Destroy<rd_kafka_destroy>>;

/// What librdkafka says, on any of its threads.
using Say = std::function<void(LogLevel level, std::string_view text)>;

/// A producer's settings: ours below `options`. Throws Error(internal), which names the setting that cannot
/// be.
Conf make_conf(const Options& options);

/// A producer, with threads of its own, which connects in the background. `say` outlives it; `conf` has no
/// opaque. Throws Error(internal): settings that contradict each other, files that cannot be read.
Handle open_producer(Conf conf, Say& say);

}  // namespace longshore::kafka
