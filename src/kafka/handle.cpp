#include "kafka/handle.h"

#include <array>
#include <string>
#include <syslog.h>
#include <utility>

#include "domain/error.h"
#include "kafka/settings.h"

namespace longshore::kafka {
namespace {

struct Preset {
  const char* name;
  const char* value;
};

// What options may change. The queue: a few turns of the outbox, in memory. The partitioner: Java's, so that
// consumers find a key where their own producers would have put it.
constexpr std::array kPresets{
    Preset{"client.id", "longshore"},
    Preset{"queue.buffering.max.messages", "10000"},
    Preset{"queue.buffering.max.kbytes", "65536"},
    Preset{"linger.ms", "1"},
    Preset{"reconnect.backoff.max.ms", "2000"},
    Preset{"partitioner", "murmur2_random"},
};

void set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), nullptr, 0) != RD_KAFKA_CONF_OK)
    throw Error(Reason::internal, "Kafka: " + name + " cannot have this value");
}

LogLevel level_of(int syslog_level) {
  if (syslog_level <= LOG_WARNING) return LogLevel::kWarn;
  return syslog_level <= LOG_INFO ? LogLevel::kInfo : LogLevel::kDebug;
}

/// "[thrd:name]: what" -> "what".
std::string_view without_thread(std::string_view text) {
  constexpr std::string_view kEnd = "]: ";
  const std::size_t end = text.find(kEnd);
  return text.starts_with("[thrd:") && end != std::string_view::npos ? text.substr(end + kEnd.size()) : text;
}

void pass_on(const rd_kafka_t* producer, int level, const char*, const char* text) {
  (*static_cast<const Say*>(rd_kafka_opaque(producer)))(level_of(level), without_thread(text));
}

}  // namespace

Conf make_conf(const Options& options) {
  Conf conf(rd_kafka_conf_new());
  for (const Preset& preset : kPresets) set(conf.get(), preset.name, preset.value);
  for (const auto& [name, value] : options.settings) {
    if (const auto why = why_not(name, value)) throw Error(Reason::internal, "Kafka: " + *why);
    set(conf.get(), name, std::string(value.expose()));
  }
  set(conf.get(), "bootstrap.servers", options.brokers);
  set(conf.get(), "enable.idempotence", "true");
  set(conf.get(), "acks", "all");
  set(conf.get(), "message.timeout.ms", std::to_string(options.timeout.count()));
  set(conf.get(), "allow.auto.create.topics", "false");
  return conf;
}

Handle open_producer(Conf conf, Say& say) {
  rd_kafka_conf_set_opaque(conf.get(), &say);
  rd_kafka_conf_set_log_cb(conf.get(), pass_on);
  std::array<char, 512> why{};
  Handle producer(rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), why.data(), why.size()));
  if (!producer) throw Error(Reason::internal, std::string("Kafka: ") + why.data());
  static_cast<void>(conf.release());  // the producer's now
  return producer;
}

}  // namespace longshore::kafka
