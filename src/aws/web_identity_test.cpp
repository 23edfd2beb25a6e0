#include "aws/web_identity.h"

#include <gtest/gtest.h>

#include "aws/source_fixture_test.h"

namespace longshore::aws {
namespace {

constexpr std::string_view kXml =
    R"(<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Credentials>
      <SessionToken>t0k3n</SessionToken><SecretAccessKey>s3cr3t</SecretAccessKey>
      <Expiration>2030-01-02T03:04:05Z</Expiration><AccessKeyId>AKID</AccessKeyId>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>)";

std::string sts_error(const std::string& code) {
  return "<ErrorResponse><Error><Type>Sender</Type><Code>" + code +
         "</Code><Message>about t0k3n</Message></Error></ErrorResponse>";
}

class WebIdentityTest : public SourceFixture {
 protected:
  Fetched fetch_with(Variables variables, const WebIdentitySource::Options& options = {}) {
    return fetch_from(
        [&] { return std::make_unique<WebIdentitySource>(Environment(variables), options, http_, files_); });
  }
  Variables complete(const std::string& sts) {
    return {{"AWS_WEB_IDENTITY_TOKEN_FILE", write_file("token", "a.b+c/d=\n")},
            {"AWS_ROLE_ARN", "arn:aws:iam::1:role/r"},
            {"AWS_ENDPOINT_URL_STS", sts}};
  }
};

TEST_F(WebIdentityTest, ARoleForAToken) {
  Variables variables = complete(start([](const fakes::SeenRequest&) { return fakes::ok(kXml); }));
  expect_json_credentials(fetch_with(variables));
  EXPECT_EQ(seen_.at(0).line(), "POST / HTTP/1.1");
  EXPECT_EQ(seen_.at(0).field("content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(
      seen_.at(0).body,
      "Action=AssumeRoleWithWebIdentity&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&RoleSessionName=longshore"
      "&Version=2011-06-15&WebIdentityToken=a.b%2Bc%2Fd%3D");
  variables["AWS_ROLE_SESSION_NAME"] = "node-1";
  expect_json_credentials(fetch_with(variables));
  EXPECT_NE(seen_.at(1).body.find("&RoleSessionName=node-1&"), std::string::npos);
}

TEST_F(WebIdentityTest, WhereStsIs) {
  const auto endpoint = [](Variables variables, const WebIdentitySource::Options& options) {
    return WebIdentitySource::sts_url(Environment(std::move(variables)), options).endpoint.authority();
  };
  EXPECT_EQ(endpoint({}, {}), "sts.amazonaws.com");
  EXPECT_EQ(endpoint({{"AWS_DEFAULT_REGION", "eu-west-1"}}, {}), "sts.eu-west-1.amazonaws.com");
  EXPECT_EQ(endpoint({{"AWS_DEFAULT_REGION", "eu-west-1"}, {"AWS_REGION", "cn-north-1"}}, {}),
            "sts.cn-north-1.amazonaws.com.cn");
  EXPECT_EQ(endpoint({{"AWS_REGION", "cn-north-1"}}, {.region = "us-east-2"}), "sts.us-east-2.amazonaws.com");
  EXPECT_EQ(endpoint({{"AWS_ENDPOINT_URL_STS", "https://a"}}, {.region = "us-east-2"}), "a");
  EXPECT_EQ(endpoint({{"AWS_ENDPOINT_URL_STS", "https://a"}}, {.sts_endpoint = "https://b:9"}), "b:9");
}

TEST_F(WebIdentityTest, Refusals) {
  const auto answer = [this](const std::string& text) {
    return fetch_with(complete(start([text](const fakes::SeenRequest&) { return text; })));
  };
  const Fetched expired = answer(status(400, sts_error("ExpiredTokenException")));
  EXPECT_TRUE(is_misconfigured(expired, "status 400 ExpiredTokenException"));
  EXPECT_EQ(expired.message.find("t0k3n"), std::string::npos);
  EXPECT_TRUE(is_misconfigured(answer(status(403, sts_error("<b/>AccessDenied"))), "status 403"));
  EXPECT_TRUE(is_misconfigured(answer(status(403, "<html>")), "status 403"));
  EXPECT_TRUE(may_pass(answer(status(400, sts_error("IDPCommunicationError"))), "IDPCommunicationError"));
  EXPECT_TRUE(may_pass(answer(status(503, "busy")), "status 503"));
  EXPECT_TRUE(may_pass(answer(fakes::ok("<a/>")), "something else"));
}

TEST_F(WebIdentityTest, WhatIsMissingIsNamed) {
  Variables variables = complete("https://sts.invalid");
  variables.erase("AWS_ROLE_ARN");
  EXPECT_TRUE(is_misconfigured(fetch_with(variables), "AWS_ROLE_ARN"));
  variables = complete("nonsense");
  EXPECT_TRUE(is_misconfigured(fetch_with(variables), "STS is no URL"));
  variables = complete("https://sts.invalid");
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = folder_.file("absent");
  EXPECT_TRUE(is_misconfigured(fetch_with(variables), "AWS_WEB_IDENTITY_TOKEN_FILE"));
}

TEST(StsAnswerTest, IsTakenWholeOrNotAtAll) {
  EXPECT_TRUE(parse_sts_answer(kXml));
  for (const std::string_view part :
       {"t0k3n", "s3cr3t", "2030-01-02T03:04:05Z", "AKID", "AssumeRoleWithWebIdentityResult>"}) {
    std::string text(kXml);
    while (text.find(part) != std::string::npos) text.erase(text.find(part), part.size());
    EXPECT_FALSE(parse_sts_answer(text)) << part;
  }
  EXPECT_FALSE(parse_sts_answer(kXml.substr(0, kXml.size() - 20)));
  const std::string whole(kXml);
  EXPECT_TRUE(parse_sts_answer("\n" + whole + "\n"));
  for (const std::string& more : {whole, std::string("<a/>"), std::string("text"), std::string("<!-- -->")})
    EXPECT_FALSE(parse_sts_answer(whole + more)) << more;
  std::string twice = whole;
  twice.insert(twice.find("<Expiration>"), "<SessionToken>other</SessionToken>");
  EXPECT_FALSE(parse_sts_answer(twice));
  std::string commented = whole;
  commented.insert(commented.find("s3cr3t"), "<!-- -->");
  EXPECT_FALSE(parse_sts_answer(commented));
  EXPECT_EQ(parse_sts_error(sts_error("A.B1")), "A.B1");
  EXPECT_EQ(parse_sts_error(sts_error("a b")), "");
  EXPECT_EQ(parse_sts_error(sts_error(std::string(65, 'x'))), "");
}

}  // namespace
}  // namespace longshore::aws
