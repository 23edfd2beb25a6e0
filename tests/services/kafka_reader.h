#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace longshore::services {

/// A record as a consumer gets it.
struct KafkaRecord {
  std::string topic;
  std::string key;
  std::string value;
  std::map<std::string, std::string> headers;
};

/// What was written to topics since this object was made. Every call throws std::runtime_error if no broker
/// answers.
class KafkaReader {
 public:
  KafkaReader(std::string brokers, std::vector<std::string> topics);

  /// All of it, partition by partition.
  [[nodiscard]] std::vector<KafkaRecord> read() const;

 private:
  using Offsets = std::map<std::pair<std::string, std::int32_t>, std::int64_t>;

  [[nodiscard]] Offsets ends() const;
  [[nodiscard]] Offsets look() const;

  const std::string brokers_;
  const std::vector<std::string> topics_;
  Offsets begin_;
};

}  // namespace longshore::services
