#include "kafka/settings.h"

#include <algorithm>
#include <array>

#include "kafka/handle.h"
#include "obs/redact.h"

namespace longshore::kafka {
namespace {

// An acknowledged event is on all replicas in sync, once, and no later than its claim in the outbox allows.
constexpr std::array<std::string_view, 9> kOurs{
    "bootstrap.servers",       "metadata.broker.list", "enable.idempotence",  "acks",
    "request.required.acks",   "message.timeout.ms",   "delivery.timeout.ms", "transactional.id",
    "allow.auto.create.topics"};

}  // namespace

std::optional<std::string> why_not(const std::string& name, const Secret& value) {
  if (std::find(kOurs.begin(), kOurs.end(), name) != kOurs.end()) return name + " is not for you to choose";
  const Conf conf(rd_kafka_conf_new());
  const std::string text(value.expose());
  switch (rd_kafka_conf_set(conf.get(), name.c_str(), text.c_str(), nullptr, 0)) {
    case RD_KAFKA_CONF_OK:
      return std::nullopt;
    case RD_KAFKA_CONF_UNKNOWN:
      return "librdkafka has no setting " + name;
    default:
      return name + " cannot have this value";
  }
}

bool holds_a_secret(std::string_view name) {
  constexpr std::string_view kOauth = "sasl.oauthbearer.config";  // what stands in it is a token's
  return name == kOauth || name.ends_with(".pem") ||
         (names_a_secret(name) && !name.ends_with(".location") && !name.ends_with(".url"));
}

}  // namespace longshore::kafka
