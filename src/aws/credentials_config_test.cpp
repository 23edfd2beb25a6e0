#include "aws/credentials_config.h"

#include <gtest/gtest.h>

#include "aws/source_fixture_test.h"

namespace longshore::aws {
namespace {

class CredentialsConfigTest : public SourceFixture {
 protected:
  std::unique_ptr<CredentialsSource> make(Variables variables, const CredentialsConfig& config = {}) {
    return make_source(config, Environment(std::move(variables)), http_, files_);
  }
  std::string_view chosen(Variables variables) { return make(std::move(variables))->name(); }
};

TEST_F(CredentialsConfigTest, AutomaticTakesTheFirstThatIsConfigured) {
  Variables all{
      {"AWS_ACCESS_KEY_ID", "a"},
      {"AWS_SECRET_ACCESS_KEY", "b"},
      {"AWS_WEB_IDENTITY_TOKEN_FILE", "c"},
      {"AWS_ROLE_ARN", "d"},
      {"AWS_SHARED_CREDENTIALS_FILE", write_file("credentials", "[default]\naws_access_key_id=x\n")},
      {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/e"}};
  EXPECT_EQ(chosen(all), "environment");
  all.erase("AWS_ACCESS_KEY_ID");
  EXPECT_THROW(make(all), Error) << "half of it is a mistake, not a reason to go on";
  all.erase("AWS_SECRET_ACCESS_KEY");
  EXPECT_EQ(chosen(all), "web identity");
  all.erase("AWS_ROLE_ARN");
  EXPECT_THROW(make(all), Error);
  all.erase("AWS_WEB_IDENTITY_TOKEN_FILE");
  EXPECT_EQ(chosen(all), "profile");
  all.erase("AWS_SHARED_CREDENTIALS_FILE");
  all["AWS_PROFILE"] = "absent";
  EXPECT_EQ(chosen(all), "profile");
  all.erase("AWS_PROFILE");
  EXPECT_EQ(chosen(all), "container");
  EXPECT_EQ(chosen({}), "instance metadata");
  EXPECT_THROW(make({{"AWS_EC2_METADATA_DISABLED", "true"}}), Error);
}

TEST_F(CredentialsConfigTest, TheNamedOneAndNoOther) {
  const Variables keys{
      {"AWS_ACCESS_KEY_ID", "a"}, {"AWS_SECRET_ACCESS_KEY", "b"}, {"AWS_SESSION_TOKEN", "c"}};
  EXPECT_THROW(make(keys, {.kind = CredentialsKind::web_identity}), Error);
  EXPECT_THROW(make(keys, {.kind = CredentialsKind::container}), Error);
  EXPECT_THROW(make(keys, {.kind = CredentialsKind::fixed}), Error);
  EXPECT_THROW(make({}, {.kind = CredentialsKind::environment}), Error);
  EXPECT_EQ(make(keys, {.kind = CredentialsKind::instance})->name(), "instance metadata");
  EXPECT_EQ(make(keys, {.kind = CredentialsKind::profile})->name(), "profile");
  EXPECT_TRUE(
      is_misconfigured(fetch(*make(keys, {.kind = CredentialsKind::profile})), "there is no profile"));
}

TEST_F(CredentialsConfigTest, KeysThatAreGiven) {
  const Fetched environment = fetch(
      *make({{"AWS_ACCESS_KEY_ID", "a"}, {"AWS_SECRET_ACCESS_KEY", "b"}, {"AWS_SESSION_TOKEN", "c"}}));
  EXPECT_EQ(environment.credentials.access_key_id, "a");
  EXPECT_EQ(environment.credentials.secret_access_key.expose(), "b");
  EXPECT_EQ(environment.credentials.session_token.expose(), "c");

  const Fetched fixed = fetch(
      *make({}, {.kind = CredentialsKind::fixed, .access_key_id = "d", .secret_access_key = Secret("e")}));
  EXPECT_EQ(fixed.credentials.access_key_id, "d");
  EXPECT_EQ(fixed.credentials.secret_access_key.expose(), "e");
  EXPECT_TRUE(fixed.credentials.session_token.empty());
}

}  // namespace
}  // namespace longshore::aws
