#include "kafka/topics.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "domain/error.h"
#include "kafka/handle.h"

namespace longshore::kafka {
namespace {

using Metadata = std::unique_ptr<const rd_kafka_metadata_t, Destroy<rd_kafka_metadata_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Destroy<rd_kafka_NewTopic_destroy>>;
using AdminOptions = std::unique_ptr<rd_kafka_AdminOptions_t, Destroy<rd_kafka_AdminOptions_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;

constexpr int kAsBrokersChoose = -1;

Error failed(const std::string& why, Outcome outcome) {
  return {Reason::internal, "Kafka: " + why, {}, outcome};
}

/// A connection for a few questions.
class Client {
 public:
  explicit Client(const Options& options)
      : timeout_ms_(static_cast<int>(options.timeout.count())),
        client_(open_producer(make_conf(options), say_)) {}

  std::vector<std::string> missing(const std::vector<std::string>& topics) {
    const rd_kafka_metadata_t* answer = nullptr;
    const auto error = rd_kafka_metadata(client_.get(), 1, nullptr, &answer, timeout_ms_);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw no_answer(rd_kafka_err2str(error));
    const Metadata metadata(answer);
    std::set<std::string> there;
    for (int i = 0; i < metadata->topic_cnt; ++i) there.emplace(metadata->topics[i].topic);
    std::vector<std::string> absent;
    std::copy_if(topics.begin(), topics.end(), std::back_inserter(absent),
                 [&](const std::string& topic) { return !there.contains(topic); });
    return absent;
  }

  void create(const std::vector<std::string>& topics) {
    std::vector<NewTopic> wanted;
    std::vector<rd_kafka_NewTopic_t*> all;
    for (const std::string& topic : topics) {
      wanted.emplace_back(
          rd_kafka_NewTopic_new(topic.c_str(), kAsBrokersChoose, kAsBrokersChoose, nullptr, 0));
      all.push_back(wanted.back().get());
    }
    const AdminOptions options(rd_kafka_AdminOptions_new(client_.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS));
    rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms_, nullptr, 0);
    rd_kafka_AdminOptions_set_operation_timeout(options.get(), timeout_ms_, nullptr, 0);
    const Queue queue(rd_kafka_queue_new(client_.get()));
    rd_kafka_CreateTopics(client_.get(), all.data(), all.size(), options.get(), queue.get());
    const Event event(rd_kafka_queue_poll(queue.get(), 2 * timeout_ms_));
    if (!event) throw no_answer("no answer");
    if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw no_answer(rd_kafka_event_error_string(event.get()));
    std::size_t count = 0;
    const auto* results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()),
                                                              &count);
    for (std::size_t i = 0; i < count; ++i) judge(results[i]);
  }

  /// The controller makes them, and each broker hears of it a moment later.
  void wait_for(const std::vector<std::string>& topics) {
    using std::chrono::steady_clock;
    constexpr int kPauseMs = 20;
    const auto deadline = steady_clock::now() + std::chrono::milliseconds{timeout_ms_};
    while (!missing(topics).empty() && steady_clock::now() < deadline) rd_kafka_poll(client_.get(), kPauseMs);
  }

 private:
  /// One that somebody else made meanwhile is there.
  static void judge(const rd_kafka_topic_result_t* result) {
    const auto error = rd_kafka_topic_result_error(result);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return;
    const char* why = rd_kafka_topic_result_error_string(result);
    throw failed(std::string(rd_kafka_topic_result_name(result)) + ": " +
                     (why != nullptr ? why : rd_kafka_err2str(error)),
                 Outcome::refused);
  }

  /// What was said last tells more than "transport failure".
  Error no_answer(const std::string& why) {
    const std::lock_guard lock(mutex_);
    return failed(said_.empty() ? why : said_, Outcome::retry);
  }

  void hear(LogLevel level, std::string_view text) {
    if (level < LogLevel::kWarn || text.ends_with("brokers are down")) return;  // that says not why
    const std::lock_guard lock(mutex_);
    said_ = text;
  }

  const int timeout_ms_;
  std::mutex mutex_;
  std::string said_;  // as a warning, last
  Say say_ = [this](LogLevel level, std::string_view text) { hear(level, text); };
  const Handle client_;
};

}  // namespace

std::vector<std::string> missing_topics(const Options& options, const std::vector<std::string>& topics) {
  return Client(options).missing(topics);
}

std::vector<std::string> create_topics(const Options& options, const std::vector<std::string>& topics) {
  Client client(options);
  std::vector<std::string> absent = client.missing(topics);
  if (absent.empty()) return absent;
  client.create(absent);
  client.wait_for(absent);
  return absent;
}

}  // namespace longshore::kafka
