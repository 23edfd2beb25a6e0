#include "tests/services/kafka_reader.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <poll.h>
#include <stdexcept>

#include "kafka/handle.h"

namespace longshore::services {
namespace {

using kafka::Destroy;
using kafka::Handle;
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, Destroy<rd_kafka_metadata_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Destroy<rd_kafka_message_destroy>>;
using Partitions =
    std::unique_ptr<rd_kafka_topic_partition_list_t, Destroy<rd_kafka_topic_partition_list_destroy>>;

constexpr int kTimeoutMs = 20'000;
constexpr int kLookMs = 1000;  // then with a fresh view of the brokers

void check(rd_kafka_resp_err_t error) {
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(error));
}

Handle open_consumer(const std::string& brokers) {
  kafka::Conf conf(rd_kafka_conf_new());
  rd_kafka_conf_set(conf.get(), "bootstrap.servers", brokers.c_str(), nullptr, 0);
  rd_kafka_conf_set(conf.get(), "group.id", "test", nullptr, 0);
  rd_kafka_conf_set(conf.get(), "enable.auto.commit", "false", nullptr, 0);
  std::array<char, 512> why{};
  Handle consumer(rd_kafka_new(RD_KAFKA_CONSUMER, conf.get(), why.data(), why.size()));
  if (!consumer) throw std::runtime_error(why.data());
  static_cast<void>(conf.release());
  return consumer;
}

std::map<std::string, std::string> headers_of(const rd_kafka_message_t& message) {
  std::map<std::string, std::string> found;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return found;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == 0; ++i)
    found[name] = std::string(static_cast<const char*>(value), size);
  return found;
}

KafkaRecord record_of(const rd_kafka_message_t& message) {
  return {.topic = rd_kafka_topic_name(message.rkt),
          .key = std::string(static_cast<const char*>(message.key), message.key_len),
          .value = std::string(static_cast<const char*>(message.payload), message.len),
          .headers = headers_of(message)};
}

}  // namespace

KafkaReader::KafkaReader(std::string brokers, std::vector<std::string> topics)
    : brokers_(std::move(brokers)), topics_(std::move(topics)), begin_(ends()) {}

/// A partition's leader may be chosen just now: until all have one.
KafkaReader::Offsets KafkaReader::ends() const {
  using std::chrono::steady_clock;
  for (const auto deadline = steady_clock::now() + std::chrono::milliseconds{kTimeoutMs};;) {
    try {
      return look();
    } catch (const std::runtime_error&) {
      if (steady_clock::now() > deadline) throw;
      constexpr int kPauseMs = 20;
      ::poll(nullptr, 0, kPauseMs);
    }
  }
}

KafkaReader::Offsets KafkaReader::look() const {
  const Handle consumer = open_consumer(brokers_);
  const rd_kafka_metadata_t* answer = nullptr;
  check(rd_kafka_metadata(consumer.get(), 1, nullptr, &answer, kLookMs));
  const Metadata metadata(answer);
  Offsets ends;
  for (int t = 0; t < metadata->topic_cnt; ++t) {
    const auto& topic = metadata->topics[t];
    if (std::find(topics_.begin(), topics_.end(), topic.topic) == topics_.end()) continue;
    check(topic.err);
    for (int p = 0; p < topic.partition_cnt; ++p) {
      const std::int32_t partition = topic.partitions[p].id;
      std::int64_t low = 0;
      check(rd_kafka_query_watermark_offsets(consumer.get(), topic.topic, partition, &low,
                                             &ends[{topic.topic, partition}], kLookMs));
    }
  }
  return ends;
}

std::vector<KafkaRecord> KafkaReader::read() const {
  const Offsets end = ends();
  std::vector<KafkaRecord> records;
  for (const auto& [place, last] : end) {
    const auto begun = begin_.find(place);
    const std::int64_t first = begun == begin_.end() ? 0 : begun->second;
    if (first == last) continue;
    const Handle consumer = open_consumer(brokers_);
    const Partitions partitions(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(partitions.get(), place.first.c_str(), place.second)->offset = first;
    check(rd_kafka_assign(consumer.get(), partitions.get()));
    for (std::int64_t next = first; next < last; ++next) {
      const Message message(rd_kafka_consumer_poll(consumer.get(), kTimeoutMs));
      if (!message) throw std::runtime_error("no record comes");
      check(message->err);
      records.push_back(record_of(*message));
    }
    rd_kafka_consumer_close(consumer.get());
  }
  return records;
}

}  // namespace longshore::services
