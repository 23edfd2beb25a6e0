#include "apps/longshored/config_load.h"

#include "apps/longshored/config_fixture_test.h"

namespace longshore::server {
namespace {

using ConfigLoadTest = ConfigFixture;

TEST_F(ConfigLoadTest, DefaultsNeedNothing) {
  const Config config = load("").config;
  EXPECT_EQ(config.http.listen, (Endpoint{"127.0.0.1", 7070}));
  EXPECT_EQ(config.limits.memory_budget_bytes, 256 * MiB);
  EXPECT_EQ(config.policy.idle, std::chrono::hours{24});
  EXPECT_EQ(config.policy.retention, std::chrono::days{90});
  EXPECT_EQ(config.events, EventsKind::file);
  ASSERT_EQ(config.drives.size(), 1U);
  EXPECT_EQ(config.drives[0].name, DriveName("default"));
  EXPECT_EQ(config.drives[0].directory, folder_ / "data/store");
  EXPECT_EQ(config.drives[0].limits.parts_max, 10'000);
}

TEST_F(ConfigLoadTest, EnvironmentWinsOverFileAndCommandLineOverBoth) {
  const std::string toml =
      "[http]\nlisten = \"127.0.0.1:1\"\n[limits]\nidle_timeout = \"5m\"\nconnections_max = 7\n";
  const Environment environment{{"LONGSHORE_HTTP_LISTEN", "127.0.0.1:2"},
                                {"LONGSHORE_LIMITS_CONNECTIONS_MAX", "8"},
                                {"LONGSHORE_SERVER", "http://elsewhere"},
                                {"LONGSHORE_HTTP_TRUSTED_PROXIES", "192.0.2.1, 192.0.2.2"}};
  const Config config = load(toml, environment, {.http = "127.0.0.1:3"}).config;
  EXPECT_EQ(config.http.listen.port, 3);
  EXPECT_EQ(config.limits.connections_max, 8);
  EXPECT_EQ(config.limits.idle_timeout, Millis{300'000});
  EXPECT_EQ(config.http.trusted_proxies, (std::vector<std::string>{"192.0.2.1", "192.0.2.2"}));
}

TEST_F(ConfigLoadTest, DrivesInFileAndEnvironment) {
  const std::string toml =
      "[store]\nparts_max = 100\n[drives.cold]\nkey_template = \"c/{upload}\"\n[drives.cold.directory]\npath "
      "= \"" +
      (folder_ / "cold").string() + "\"\n";
  const Environment environment{{"LONGSHORE_DRIVES_COLD_PARTS_MAX", "50"},
                                {"LONGSHORE_DRIVES_HOT_PART_BYTES_MAX", "1GiB"}};
  const Config config = load(toml, environment).config;
  ASSERT_EQ(config.drives.size(), 3U);
  EXPECT_EQ(config.drives[0].limits.parts_max, 100);
  EXPECT_EQ(config.drives[1].name, DriveName("cold"));
  EXPECT_EQ(config.drives[1].limits.parts_max, 50);
  EXPECT_EQ(config.drives[1].key_template.text(), "c/{upload}");
  EXPECT_EQ(config.drives[1].directory, folder_ / "cold");
  EXPECT_EQ(config.drives[2].name, DriveName("hot"));
  EXPECT_EQ(config.drives[2].directory, folder_ / "data/store-hot");
  EXPECT_EQ(config.drives[2].limits.part_bytes_max, GiB);
}

TEST_F(ConfigLoadTest, AllProblemsAtOnce) {
  EXPECT_EQ(
      problems("[log]\nlevel = \"loud\"\n[sweep]\nidle = \"1m\"\n", {{"LONGSHORE_SWEEP_LIFETIME", "6"}}),
      "environment: LONGSHORE_SWEEP_LIFETIME: \"6\" is not possible: write a number and ms, s, m, h or d, "
      "such as \"6d\"\n"
      "l.toml:2: log.level: \"loud\" is not possible: write \"debug\" or \"info\" or \"warn\" or \"error\"");
}

TEST_F(ConfigLoadTest, NoSuchFile) {
  try {
    load_config({.config_file = folder_ / "none.toml", .data_dir = folder_ / "data"}, {});
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.problems().at(0),
              (folder_ / "none.toml").string() + ": cannot be read; give --config a TOML file");
  }
}

TEST_F(ConfigLoadTest, ABucket) {
  const Config config =
      load(
          "[store]\nkind = \"s3\"\nprofile = \"minio\"\nunfinished_lifetime = \"12h\"\ncompletion_deadline = "
          "\"1m\"\n"
          "[store.s3]\nendpoint = \"https://minio.example:9000\"\nbucket = \"docs\"\n"
          "addressing = \"path\"\nchecksum = \"crc64nvme\"\nretries = 5\naccess_key = \"key\"\n",
          {{"LONGSHORE_STORE_S3_SECRET_KEY", "hush"}, {"AWS_REGION", "r"}, {"PATH", "p"}})
          .config;
  const DriveConfig& drive = config.drives[0];
  EXPECT_EQ(drive.kind, StoreKind::s3);
  EXPECT_EQ(drive.s3.place.endpoint, "https://minio.example:9000");
  EXPECT_EQ(drive.s3.place.addressing, s3::Addressing::path);
  EXPECT_EQ(drive.s3.checksums, s3::ChecksumChoice::crc64nvme);
  EXPECT_EQ(drive.s3.retries, 5);
  EXPECT_EQ(drive.s3.profile, s3::find_profile("minio"));
  EXPECT_EQ(drive.s3.unfinished_lifetime, std::chrono::hours{12});
  EXPECT_EQ(drive.s3.completion_deadline, std::chrono::minutes{1});
  EXPECT_EQ(drive.s3.credentials.kind, aws::CredentialsKind::fixed);
  EXPECT_EQ(drive.s3.credentials.secret_access_key.expose(), "hush");
  EXPECT_EQ(config.aws_environment.find("AWS_REGION"), "r");
  EXPECT_EQ(config.aws_environment.find("PATH"), std::nullopt);
}

TEST_F(ConfigLoadTest, EveryWordOfABucketIsItsValue) {
  const Environment of_all{{"AWS_ACCESS_KEY_ID", "id"},
                           {"AWS_SECRET_ACCESS_KEY", "secret"},
                           {"AWS_ROLE_ARN", "arn:aws:iam::1:role/r"},
                           {"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"},
                           {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/id"}};
  const auto loaded = [&](const std::string& line) {
    return load("[store]\nkind = \"s3\"\n[store.s3]\nbucket = \"docs\"\n" + line + "\n", of_all)
        .config.drives[0]
        .s3;
  };
  using aws::CredentialsKind;
  EXPECT_EQ(loaded("").credentials.kind, CredentialsKind::automatic);
  EXPECT_EQ(loaded("credentials = \"env\"").credentials.kind, CredentialsKind::environment);
  EXPECT_EQ(loaded("credentials = \"profile\"").credentials.kind, CredentialsKind::profile);
  EXPECT_EQ(loaded("credentials = \"web_identity\"").credentials.kind, CredentialsKind::web_identity);
  EXPECT_EQ(loaded("credentials = \"container\"").credentials.kind, CredentialsKind::container);
  EXPECT_EQ(loaded("credentials = \"instance\"").credentials.kind, CredentialsKind::instance);
  EXPECT_EQ(loaded("addressing = \"virtual\"").place.addressing, s3::Addressing::virtual_host);
  EXPECT_EQ(loaded("checksum = \"none\"").checksums, s3::ChecksumChoice::none);
  EXPECT_EQ(loaded("checksum = \"crc32c\"").checksums, s3::ChecksumChoice::crc32c);
  EXPECT_EQ(loaded("").expect_continue, s3::ExpectContinue::automatic);
  EXPECT_EQ(loaded("expect_continue = \"on\"").expect_continue, s3::ExpectContinue::on);
  EXPECT_EQ(loaded("expect_continue = \"off\"").expect_continue, s3::ExpectContinue::off);
  EXPECT_TRUE(loaded("dual_stack = true").place.dual_stack);
  EXPECT_EQ(loaded("").profile, nullptr);
}

TEST_F(ConfigLoadTest, ABucketsLimitsAreItsStores) {
  const std::string bucket = "[store]\nkind = \"s3\"\n";
  const std::string s3 = "[store.s3]\nbucket = \"docs\"\n";
  EXPECT_TRUE(load(bucket + "profile = \"r2\"\n" + s3).config.drives[0].limits.equal_parts);
  EXPECT_EQ(
      load(bucket + s3 + "endpoint = \"https://s3.fr-par.scw.cloud\"\n").config.drives[0].limits.parts_max,
      1000);
  EXPECT_EQ(load(bucket + "parts_max = 10\n" + s3).config.drives[0].limits.parts_max, 10);
}

}  // namespace
}  // namespace longshore::server
