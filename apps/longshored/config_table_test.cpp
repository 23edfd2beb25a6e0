#include "apps/longshored/config_table.h"

#include "apps/longshored/config_fixture_test.h"
#include "apps/longshored/config_value.h"

namespace longshore::server {
namespace {

using ConfigTableTest = ConfigFixture;

TEST_F(ConfigTableTest, PresetsAreThoseOfTheDomain) {
  const Config config = load("").config;
  const StoreLimits limits;
  EXPECT_EQ(config.drives[0].limits.part_bytes_min, limits.part_bytes_min);
  EXPECT_EQ(config.drives[0].limits.part_bytes_max, limits.part_bytes_max);
  EXPECT_EQ(config.drives[0].limits.object_bytes_max, limits.object_bytes_max);
  EXPECT_EQ(config.drives[0].limits.single_put_threshold, limits.single_put_threshold);
  EXPECT_EQ(config.drives[0].limits.part_bytes_unknown_length, limits.part_bytes_unknown_length);
  EXPECT_EQ(config.drives[0].key_template.text(), KeyTemplate().text());
  const UploadPolicy policy;
  EXPECT_EQ(config.policy.parts_in_flight_per_upload, policy.parts_in_flight_per_upload);
  EXPECT_EQ(config.policy.uploads_open_max, policy.uploads_open_max);
  EXPECT_EQ(config.policy.lifetime, policy.lifetime);
  EXPECT_EQ(config.policy.orphan_age, policy.orphan_age);
}

TEST_F(ConfigTableTest, EveryKeyHasAValidPresetAndAVariable) {
  std::string why;
  for (const ServerKey& key : server_keys()) {
    EXPECT_TRUE(value_of(key.rule, std::string(key.rule.preset), why)) << key.name << ": " << why;
  }
  for (const DriveKey& key : drive_keys()) {
    EXPECT_TRUE(value_of(key.rule, std::string(key.rule.preset), why)) << key.name << ": " << why;
  }
  EXPECT_EQ(environment_name("limits.idle_timeout"), "LONGSHORE_LIMITS_IDLE_TIMEOUT");
}

}  // namespace
}  // namespace longshore::server
