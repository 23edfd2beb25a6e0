#include "kafka/settings.h"

#include <gtest/gtest.h>

#include "domain/error.h"
#include "kafka/handle.h"

namespace longshore::kafka {
namespace {

TEST(KafkaSettings, WhatLibrdkafkaTakes) {
  EXPECT_EQ(why_not("sasl.username", Secret("me")), std::nullopt);
  EXPECT_EQ(why_not("security.protocol", Secret("SASL_SSL")), std::nullopt);
  EXPECT_EQ(why_not("compression.codec", Secret("lz4")), std::nullopt) << "of a topic, all the same";
}

TEST(KafkaSettings, WhatItDoesNot) {
  EXPECT_EQ(why_not("sasl.user", Secret("me")), "librdkafka has no setting sasl.user");
  EXPECT_EQ(why_not("security.protocol", Secret("hunter2")), "security.protocol cannot have this value");
  EXPECT_EQ(why_not("linger.ms", Secret("-1")), "linger.ms cannot have this value");
}

TEST(KafkaSettings, WhatOrderAndDurabilityRestOnIsOurs) {
  for (const char* name : {"enable.idempotence", "acks", "request.required.acks", "message.timeout.ms",
                           "delivery.timeout.ms", "bootstrap.servers", "transactional.id"})
    EXPECT_EQ(why_not(name, Secret("1")), std::string(name) + " is not for you to choose");
}

TEST(KafkaSettings, Secrets) {
  for (const char* name : {"sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem",
                           "sasl.oauthbearer.client.secret", "sasl.oauthbearer.config"})
    EXPECT_TRUE(holds_a_secret(name)) << name;
  for (const char* name : {"sasl.username", "ssl.key.location", "ssl.keystore.location", "linger.ms",
                           "sasl.oauthbearer.token.endpoint.url"})
    EXPECT_FALSE(holds_a_secret(name)) << name;
}

TEST(KafkaSettings, AProducerThatCannotBe) {
  Say quiet = [](LogLevel, std::string_view) {};
  const auto open = [&](const char* name, const char* value) {
    const Options options{.brokers = "127.0.0.1:1", .settings = {{name, Secret(value)}}};
    open_producer(make_conf(options), quiet);
  };
  EXPECT_NO_THROW(open("linger.ms", "5"));
  EXPECT_THROW(open("linger.ms", "soon"), Error);
  EXPECT_THROW(open("acks", "1"), Error);
  EXPECT_THROW(open("max.in.flight", "6"), Error) << "it could not keep the order";
  const Options no_authorities{
      .brokers = "127.0.0.1:1",
      .settings = {{"security.protocol", Secret("SSL")}, {"ssl.ca.location", Secret("/nowhere")}}};
  EXPECT_THROW(open_producer(make_conf(no_authorities), quiet), Error);
}

}  // namespace
}  // namespace longshore::kafka
