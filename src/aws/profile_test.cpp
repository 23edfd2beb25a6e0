#include "aws/profile.h"

#include <gtest/gtest.h>

#include "aws/source_fixture_test.h"

namespace longshore::aws {
namespace {

TEST(ProfileTextTest, SectionsAndSettings) {
  const std::string text =
      "# comment\n"
      "outside = ignored\n"
      "[default]\r\n"
      "aws_access_key_id=AKID\r\n"
      "AWS_Secret_Access_Key = a=b/c+d  # a comment\n"
      "\n"
      "s3 =\n"
      "  max_concurrent_requests = 20\n"
      "; comment\n"
      "broken line\n"
      "[ other ]\n"
      "region = eu-west-1";
  const auto found = find_profile(text, ProfileFile::credentials, "default");
  ASSERT_TRUE(found);
  EXPECT_EQ(*found,
            (Profile{{"aws_access_key_id", "AKID"}, {"aws_secret_access_key", "a=b/c+d"}, {"s3", ""}}));
  EXPECT_EQ(find_profile(text, ProfileFile::credentials, "other")->at("region"), "eu-west-1");
  EXPECT_FALSE(find_profile(text, ProfileFile::credentials, "absent"));
  EXPECT_FALSE(find_profile("", ProfileFile::credentials, "default"));
}

TEST(ProfileTextTest, TheConfigFileNamesProfilesOtherwise) {
  const std::string text =
      "[profile a]\nx=1\n[b]\nx=2\n[default]\nx=3\n[sso-session a]\nx=4\n[profilea]\nx=5\n";
  EXPECT_EQ(find_profile(text, ProfileFile::config, "a")->at("x"), "1");
  EXPECT_FALSE(find_profile(text, ProfileFile::config, "b"));
  EXPECT_EQ(find_profile(text, ProfileFile::config, "default")->at("x"), "3");
}

class ProfileSourceTest : public SourceFixture {
 protected:
  ProfileSource source(const std::string& credentials, const std::string& config, Variables more = {},
                       std::string name = "") {
    more["AWS_SHARED_CREDENTIALS_FILE"] = write_file("credentials", credentials);
    more["AWS_CONFIG_FILE"] = write_file("config", config);
    return ProfileSource(Environment(std::move(more)), std::move(name), files_);
  }
};

TEST_F(ProfileSourceTest, KeysOfOneFileAlone) {
  auto both = source("[default]\naws_access_key_id=A\naws_secret_access_key=B\n",
                     "[default]\naws_access_key_id=C\naws_secret_access_key=D\naws_session_token=E\n");
  EXPECT_TRUE(both.is_configured());
  const Fetched out = fetch(both);
  EXPECT_EQ(out.credentials.access_key_id, "A");
  EXPECT_EQ(out.credentials.secret_access_key.expose(), "B");
  EXPECT_TRUE(out.credentials.session_token.empty());
  EXPECT_FALSE(out.credentials.expires);

  auto config_alone = source(
      "[default]\nregion=x\n",
      "[default]\naws_access_key_id=C\naws_secret_access_key=D\naws_session_token=E\n");
  EXPECT_EQ(fetch(config_alone).credentials.access_key_id, "C");
  EXPECT_EQ(fetch(config_alone).credentials.session_token.expose(), "E");
}

TEST_F(ProfileSourceTest, TheNameIsGivenOrInTheEnvironment) {
  const std::string text =
      "[a]\naws_access_key_id=A\naws_secret_access_key=x\n[b]\naws_access_key_id=B\naws_secret_access_key="
      "x\n";
  auto by_environment = source(text, "", {{"AWS_PROFILE", "a"}});
  EXPECT_EQ(fetch(by_environment).credentials.access_key_id, "A");
  auto by_name = source(text, "", {{"AWS_PROFILE", "a"}}, "b");
  EXPECT_EQ(fetch(by_name).credentials.access_key_id, "B");
  auto by_default = source(text, "");
  EXPECT_TRUE(is_misconfigured(fetch(by_default), "there is no profile \"default\""));
  EXPECT_FALSE(by_default.is_configured());
}

TEST_F(ProfileSourceTest, AKeyThatWasExchangedIsFound) {
  auto exchanged = source("[default]\naws_access_key_id=A\naws_secret_access_key=B\n", "");
  EXPECT_EQ(fetch(exchanged).credentials.access_key_id, "A");
  write_file("credentials", "[default]\naws_access_key_id=N\naws_secret_access_key=B\n");
  EXPECT_EQ(fetch(exchanged).credentials.access_key_id, "N");
}

TEST_F(ProfileSourceTest, WhatIsNotSupportedIsNamed) {
  for (const char* name : {"role_arn", "source_profile", "sso_session", "credential_process"}) {
    const std::string config = std::string("[default]\n") + name + " = x\n";
    auto alone = source("", config);
    EXPECT_TRUE(alone.is_configured());
    EXPECT_TRUE(is_misconfigured(fetch(alone), name));
    auto beside_keys = source("[default]\naws_access_key_id=A\naws_secret_access_key=B\n", config);
    EXPECT_TRUE(is_misconfigured(fetch(beside_keys), name)) << "the keys are another identity";
  }
  auto half = source("[default]\naws_access_key_id=A\n", "");
  EXPECT_TRUE(half.is_configured());
  EXPECT_TRUE(is_misconfigured(fetch(half), "aws_secret_access_key"));
}

TEST_F(ProfileSourceTest, TheFilesAreBelowHome) {
  std::filesystem::create_directory(folder_.file(".aws"));
  write_file(".aws/credentials", "[default]\naws_access_key_id=A\naws_secret_access_key=B\n");
  ProfileSource at_home(Environment({{"HOME", folder_.path()}}), "", files_);
  EXPECT_EQ(fetch(at_home).credentials.access_key_id, "A");
  ProfileSource homeless(Environment(), "", files_);
  EXPECT_FALSE(homeless.is_configured());
}

}  // namespace
}  // namespace longshore::aws
