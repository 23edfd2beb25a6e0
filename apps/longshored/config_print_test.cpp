#include "apps/longshored/config_print.h"

#include "apps/longshored/config_fixture_test.h"

namespace longshore::server {
namespace {

using ConfigPrintTest = ConfigFixture;

TEST_F(ConfigPrintTest, WhatIsPrintedIsTakenBack) {
  const LoadedConfig first = load(
      "[http]\ntrusted_proxies = [\"192.0.2.1\"]\n[drives.cold]\nkey_template = \"a b/{upload}\"\n",
      {{"LONGSHORE_LOG_LEVEL", "warn"}});
  const LoadedConfig second = load(print_config(first));
  EXPECT_EQ(second.config.http.trusted_proxies, first.config.http.trusted_proxies);
  EXPECT_EQ(second.config.log.level, LogLevel::kWarn);
  ASSERT_EQ(second.config.drives.size(), 2U);
  EXPECT_EQ(second.config.drives[1].key_template.text(), "a b/{upload}");
}

TEST_F(ConfigPrintTest, ASecretIsNotShown) {
  const std::string text = print_config(
      load("[store.s3]\naccess_key = \"key\"\nsecret_key = \"hush\"\naccelerate = true\n"));
  EXPECT_EQ(text.find("hush"), std::string::npos);
  EXPECT_NE(text.find("\n# secret_key is not shown: "), std::string::npos);
  EXPECT_NE(text.find("\naccelerate = true  # "), std::string::npos);
}

TEST_F(ConfigPrintTest, ATableIsPrintedAndTakenBackButForItsSecrets) {
  const std::string text = print_config(
      load("[events.options]\nsasl.username = \"me\"\n\"client.id\" = \"a \\\"b\\\" = c\"\n",
           {{"LONGSHORE_EVENTS_SECRET_OPTIONS", "sasl.password=hush\nssl.key.password=hush"}}));
  EXPECT_EQ(text.find("hush"), std::string::npos);
  EXPECT_NE(text.find("\n# secret_options is not shown: "), std::string::npos);
  const auto settings = load(text).config.kafka.settings;
  ASSERT_EQ(settings.size(), 2U);
  EXPECT_EQ(settings.at("sasl.username").expose(), "me");
  EXPECT_EQ(settings.at("client.id").expose(), "a \"b\" = c");
}

}  // namespace
}  // namespace longshore::server
