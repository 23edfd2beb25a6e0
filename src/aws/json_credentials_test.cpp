#include "aws/json_credentials.h"

#include <string>

#include <gtest/gtest.h>

#include "aws/source_fixture_test.h"

namespace longshore::aws {
namespace {

TEST(UtcTimeTest, WhatServersWrite) {
  EXPECT_EQ(parse_utc_time("1970-01-01T00:00:00Z"), from_epoch_ms(0));
  EXPECT_EQ(parse_utc_time("2013-05-24T01:02:03Z"), from_epoch_ms(1'369'357'323'000));
  EXPECT_EQ(parse_utc_time("2013-05-24T01:02:03.123456Z"), from_epoch_ms(1'369'357'323'000));
}

TEST(UtcTimeTest, NothingElse) {
  for (const char* text :
       {"", "Z", "2013-05-24", "2013-05-24T01:02:03", "2013-05-24T01:02:03+00:00", "2013-05-24 01:02:03Z",
        "2013-13-24T01:02:03Z", "2013-02-30T01:02:03Z", "2013-05-24T24:02:03Z", "2013-05-24T01:60:03Z",
        "2013-05-24T01:02:03.Z", "2013-05-24T01:02:03.1xZ", "2013-05-24T01:02:+3Z", "-013-05-24T01:02:03Z"}) {
    EXPECT_FALSE(parse_utc_time(text)) << text;
  }
}

TEST(JsonCredentialsTest, AreTakenWhole) {
  const auto credentials = parse_json_credentials(kJson);
  ASSERT_TRUE(credentials);
  expect_json_credentials({.credentials = *credentials});
}

TEST(JsonCredentialsTest, OrNotAtAll) {
  for (
      const char* json :
      {"", "[]", "{}", "null", "<html>", R"({"AccessKeyId":"a","SecretAccessKey":"b","Token":"c"})",
       R"({"AccessKeyId":"a","SecretAccessKey":"b","Token":"","Expiration":"2030-01-02T03:04:05Z"})",
       R"({"AccessKeyId":"a","SecretAccessKey":1,"Token":"c","Expiration":"2030-01-02T03:04:05Z"})",
       R"({"AccessKeyId":"a","SecretAccessKey":"b","Token":"c","Expiration":"soon"})",
       R"({"Code":"Failed","AccessKeyId":"a","SecretAccessKey":"b","Token":"c","Expiration":"2030-01-02T03:04:05Z"})",
       R"({"AccessKeyId":"a","SecretAccessKey":"b","Token":"c","Expiration":"2030-01-02T03:04:05Z"} x)"}) {
    EXPECT_FALSE(parse_json_credentials(json)) << json;
  }
}

}  // namespace
}  // namespace longshore::aws
