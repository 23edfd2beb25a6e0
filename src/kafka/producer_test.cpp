#include "kafka/producer.h"

#include <algorithm>
#include <chrono>
#include <sstream>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "kafka/topics.h"
#include "net/race.h"
#include "net/timers.h"
#include "tests/fakes/await.h"
#include "tests/services/kafka_process.h"
#include "tests/services/kafka_reader.h"

namespace longshore::kafka {
namespace {

using services::KafkaProcess;
using services::KafkaReader;
using services::KafkaRecord;
using std::chrono::steady_clock;

constexpr const char* kTopic = "producer.records";

Options quick(Options options) {
  options.timeout = Millis{1500};
  return options;
}

/// `count` records of one key.
std::vector<Record> records(int count, const std::string& topic = kTopic) {
  std::vector<Record> all;
  for (int i = 0; i < count; ++i)
    all.push_back({.topic = topic, .key = "key", .value = std::to_string(i), .headers = {{"n", "1"}}});
  return all;
}

class KafkaProducer : public testing::Test {
 protected:
  static KafkaProcess& kafka() { return KafkaProcess::of_this_program(); }
  static void SetUpTestSuite() { create_topics(kafka().options(), {kTopic}); }

  static Delivery send_one(Producer& producer, const std::string& topic = kTopic) {
    return await(producer.send(records(1, topic))).at(0);
  }
  /// Until it is delivered, as the outbox tries again.
  static bool delivered_at_last(Producer& producer, const std::string& topic = kTopic) {
    const auto end = steady_clock::now() + std::chrono::seconds{30};
    while (send_one(producer, topic))
      if (steady_clock::now() > end) return false;
    return true;
  }

  const KafkaReader reader_{kafka().brokers, {kTopic}};
};

TEST_F(KafkaProducer, RecordsOfAKeyStandInTheirOrder) {
  Producer producer(kafka().options(), Log::none());
  EXPECT_TRUE(await(producer.send({})).empty());
  EXPECT_EQ(await(producer.send(records(500))), std::vector<Delivery>(500));
  const std::vector<KafkaRecord> read = reader_.read();
  ASSERT_EQ(read.size(), 500U);
  for (std::size_t i = 0; i < read.size(); ++i) ASSERT_EQ(read[i].value, std::to_string(i));
  EXPECT_EQ(read[0].key, "key");
  EXPECT_EQ(read[0].headers, (std::map<std::string, std::string>{{"n", "1"}}));
}

TEST_F(KafkaProducer, WithTlsAndPassword) {
  Producer producer(kafka().secure_options(), Log::none());
  EXPECT_EQ(send_one(producer), std::nullopt);
}

TEST_F(KafkaProducer, ATopicThatIsNotThereIsNotMade) {
  Producer producer(quick(kafka().options()), Log::none());
  const auto results = await(producer.send({records(1, "producer.absent")[0], records(1)[0]}));
  EXPECT_TRUE(results[0].has_value());
  EXPECT_EQ(results[1], std::nullopt);
  EXPECT_EQ(missing_topics(kafka().options(), {"producer.absent"}).size(), 1U);
  create_topics(kafka().options(), {"producer.absent"});
  EXPECT_TRUE(delivered_at_last(producer, "producer.absent"));
}

TEST_F(KafkaProducer, ABrokerThatHangs) {
  Producer producer(quick(kafka().options()), Log::none());
  ASSERT_EQ(send_one(producer), std::nullopt);
  kafka().pause();
  const auto begun = steady_clock::now();
  const Delivery late = send_one(producer);
  const auto took = steady_clock::now() - begun;
  kafka().resume();
  EXPECT_TRUE(late.has_value());
  EXPECT_LT(took, std::chrono::seconds{4});
  EXPECT_TRUE(delivered_at_last(producer));
}

TEST_F(KafkaProducer, TheQueueIsBounded) {
  Options options = quick(kafka().options());
  options.settings["queue.buffering.max.messages"] = Secret("3");
  Producer producer(options, Log::none());
  kafka().pause();
  const auto results = await(producer.send(records(5)));
  kafka().resume();
  const auto full = [](const Delivery& one) { return one && one->find("Queue full") != std::string::npos; };
  EXPECT_EQ(std::count_if(results.begin(), results.end(), full), 2);
  EXPECT_EQ(std::count(results.begin(), results.end(), std::nullopt), 0);
}

TEST_F(KafkaProducer, WhoIsCancelledLeavesAtOnceAndSoDoesTheProducer) {
  AsioTimers timers;
  kafka().pause();
  const auto begun = steady_clock::now();
  {
    Producer producer(kafka().options(), Log::none());
    const auto caller = [](Producer& sender) -> Task<void> { co_await sender.send(records(10)); };
    EXPECT_FALSE(await(ends_within(timers, Millis{200}, caller(producer))));
  }
  const auto took = steady_clock::now() - begun;
  kafka().resume();
  EXPECT_LT(took, std::chrono::seconds{3});
}

TEST_F(KafkaProducer, AWrongPasswordIsLoggedWithoutIt) {
  Options options = quick(kafka().secure_options());
  options.settings["sasl.password"] = Secret("hunter2");
  std::ostringstream text;
  const SystemClock clock;
  {
    Producer producer(options, Log::to_stream(text, LogFormat::kText, LogLevel::kDebug, clock));
    EXPECT_TRUE(send_one(producer).has_value());
  }
  EXPECT_NE(text.str().find("uthentication failed"), std::string::npos) << text.str();
  EXPECT_EQ(text.str().find("hunter2"), std::string::npos) << text.str();
}

TEST_F(KafkaProducer, GoesOnWhenItGetsItsRights) {
  const std::string topic = "granted.records";
  create_topics(kafka().options(), {topic});
  std::ostringstream text;
  const SystemClock clock;
  Producer producer(quick(kafka().guest_options()),
                    Log::to_stream(text, LogFormat::kText, LogLevel::kDebug, clock));
  EXPECT_TRUE(send_one(producer, topic).has_value());
  kafka().grant("granted.");
  EXPECT_TRUE(delivered_at_last(producer, topic));
  EXPECT_NE(text.str().find("made anew"), std::string::npos) << text.str();
}

TEST_F(KafkaProducer, ABrokerThatDiesAndComesBack) {
  Producer producer(quick(kafka().options()), Log::none());
  ASSERT_EQ(send_one(producer), std::nullopt);
  kafka().kill();
  EXPECT_TRUE(delivered_at_last(producer));
}

}  // namespace
}  // namespace longshore::kafka
