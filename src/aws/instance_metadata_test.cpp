#include "aws/instance_metadata.h"

#include <gtest/gtest.h>

#include "aws/source_fixture_test.h"

namespace longshore::aws {
namespace {

class InstanceMetadataTest : public SourceFixture {
 protected:
  Fetched fetch_with(Variables variables) {
    return fetch_from(
        [&] { return std::make_unique<InstanceMetadataSource>(Environment(variables), http_); });
  }
  /// An instance that answers as it should, but for what `exception` says ("": nothing).
  Fetched fetch_from_instance(const std::function<std::string(const std::string& line)>& exception) {
    const std::string url = start([exception](const fakes::SeenRequest& seen) -> std::string {
      const std::string line = seen.line();
      if (auto answer = exception(line); !answer.empty()) return answer;
      if (line.starts_with("PUT /latest/api/token ")) return fakes::ok("the-token");
      if (seen.field("x-aws-ec2-metadata-token") != "the-token") return status(401);
      if (line.starts_with("GET /latest/meta-data/iam/security-credentials/ ")) return fakes::ok("a role\n");
      if (line.starts_with("GET /latest/meta-data/iam/security-credentials/a%20role "))
        return fakes::ok(kJson);
      return status(404);
    });
    return fetch_with({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", url}});
  }
};

TEST_F(InstanceMetadataTest, TokenRoleCredentials) {
  expect_json_credentials(fetch_from_instance([](const std::string&) { return ""; }));
  ASSERT_EQ(seen_.size(), 3U);
  EXPECT_EQ(seen_[0].field("x-aws-ec2-metadata-token-ttl-seconds"), "60");
}

TEST_F(InstanceMetadataTest, WithoutATokenNothingIsAsked) {
  for (const int code : {400, 403, 404, 405}) {
    seen_.clear();
    const Fetched out = fetch_from_instance(
        [code](const std::string& line) { return line.starts_with("PUT") ? status(code) : ""; });
    EXPECT_TRUE(is_misconfigured(out, "gives no token: status " + std::to_string(code)));
    EXPECT_EQ(seen_.size(), 1U);
  }
}

TEST_F(InstanceMetadataTest, Refusals) {
  const auto roles = [](const std::string& answer) {
    return [answer](const std::string& line) {
      return line.find("credentials/ ") != std::string::npos ? answer : "";
    };
  };
  EXPECT_TRUE(is_misconfigured(fetch_from_instance(roles(status(404))), "the instance has no role"));
  EXPECT_TRUE(is_misconfigured(fetch_from_instance(roles(fakes::ok(""))), "the instance has no role"));
  EXPECT_TRUE(may_pass(fetch_from_instance(roles(status(503))), "status 503"));
  EXPECT_TRUE(may_pass(fetch_from_instance([](const std::string& line) {
                         return line.find("role") != std::string::npos ? fakes::ok(R"({"Code":"Failed"})")
                                                                       : "";
                       }),
                       "something else than credentials"));
}

TEST_F(InstanceMetadataTest, NobodyThere) {
  EXPECT_TRUE(
      may_pass(fetch_with({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1"}}), "hop limit"));
  EXPECT_TRUE(is_misconfigured(fetch_with({{"AWS_EC2_METADATA_SERVICE_ENDPOINT", "nonsense"}}), "no URL"));
  EXPECT_TRUE(
      is_misconfigured(fetch_with({{"AWS_EC2_METADATA_DISABLED", "true"}}), "AWS_EC2_METADATA_DISABLED"));
}

}  // namespace
}  // namespace longshore::aws
