#include "kafka/topics.h"

#include <gtest/gtest.h>

#include "domain/error.h"
#include "tests/services/kafka_process.h"

namespace longshore::kafka {
namespace {

using services::KafkaProcess;
using Names = std::vector<std::string>;

TEST(KafkaTopics, MadeOnce) {
  const Options options = KafkaProcess::of_this_program().options();
  const Names names{"topics.one", "topics.two"};
  EXPECT_EQ(missing_topics(options, names), names);
  EXPECT_EQ(create_topics(options, {"topics.one"}), Names{"topics.one"});
  EXPECT_EQ(missing_topics(options, names), Names{"topics.two"});
  EXPECT_EQ(create_topics(options, names), Names{"topics.two"});
  EXPECT_EQ(create_topics(options, names), Names{});
  EXPECT_EQ(missing_topics(options, names), Names{});
}

TEST(KafkaTopics, WhoMayNotMakeThemIsToldSo) {
  const Options options = KafkaProcess::of_this_program().guest_options();
  try {
    create_topics(options, {"topics.forbidden"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.outcome(), Outcome::refused);
    EXPECT_NE(error.message().find("topics.forbidden: Authorization failed"), std::string::npos)
        << error.message();
  }
}

TEST(KafkaTopics, NoBroker) {
  const Options options{.brokers = "127.0.0.1:1", .timeout = Millis{500}};
  try {
    missing_topics(options, {"topics.one"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.outcome(), Outcome::retry);
    EXPECT_NE(error.message().find("Connection refused"), std::string::npos) << error.message();
  }
}

TEST(KafkaTopics, AWrongPassword) {
  Options options = KafkaProcess::of_this_program().secure_options();
  EXPECT_NO_THROW(missing_topics(options, {}));
  options.settings["sasl.password"] = Secret("hunter2");
  options.timeout = Millis{2000};
  try {
    missing_topics(options, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("uthentication failed"), std::string::npos) << error.message();
    EXPECT_EQ(error.message().find("hunter2"), std::string::npos);
  }
}

}  // namespace
}  // namespace longshore::kafka
