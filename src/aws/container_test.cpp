#include "aws/container.h"

#include <gtest/gtest.h>

#include "aws/source_fixture_test.h"

namespace longshore::aws {
namespace {

class ContainerTest : public SourceFixture {
 protected:
  Fetched fetch_with(Variables variables) {
    return fetch_from(
        [&] { return std::make_unique<ContainerSource>(Environment(variables), http_, files_); });
  }
};

TEST_F(ContainerTest, TheUrl) {
  const auto url = [](Variables variables) { return container_url(Environment(std::move(variables))); };
  const HttpUrl ecs = url({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1"},
                           {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/"}});
  EXPECT_EQ(ecs.endpoint, (HttpEndpoint{false, "169.254.170.2", 80}));
  EXPECT_EQ(ecs.target, "/v2/credentials/1");

  for (const char* full :
       {"http://127.0.0.1:8080/x", "http://[::1]/", "http://localhost/", "http://169.254.170.23/v1",
        "http://[fd00:ec2::23]/v1", "https://anywhere.example.org/"})
    EXPECT_NO_THROW(url({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", full}})) << full;
  for (const char* full : {"http://example.org/", "http://10.0.0.1/", "http://localhost.example.org/",
                           "http://169.254.169.254/", "ftp://127.0.0.1/", "nonsense"})
    EXPECT_THROW(url({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", full}}), Error) << full;
  EXPECT_THROW(url({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@evil.example.org/"}}), Error);
  EXPECT_THROW(url({}), Error);
}

TEST_F(ContainerTest, WithATokenOutOfAFileThatChanges) {
  const std::string url = start([](const fakes::SeenRequest&) { return fakes::ok(kJson); });
  ContainerSource source(
      Environment({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", url + "/v1/credentials"},
                   {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "not this one"},
                   {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", write_file("token", "first\n")}}),
      http_, files_);
  expect_json_credentials(fetch(source));
  EXPECT_EQ(seen_.at(0).line(), "GET /v1/credentials HTTP/1.1");
  EXPECT_EQ(seen_.at(0).field("authorization"), "first");
  write_file("token", "second");
  expect_json_credentials(fetch(source));
  EXPECT_EQ(seen_.at(1).field("authorization"), "second");
}

TEST_F(ContainerTest, WithATokenOrNone) {
  const std::string url = start([](const fakes::SeenRequest&) { return fakes::ok(kJson); });
  expect_json_credentials(fetch_with({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", url}}));
  EXPECT_EQ(seen_.at(0).field("authorization"), "");
  expect_json_credentials(fetch_with(
      {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", url}, {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc"}}));
  EXPECT_EQ(seen_.at(1).field("authorization"), "Basic abc");
}

TEST_F(ContainerTest, Refusals) {
  const auto answer = [this](const std::string& text) {
    return fetch_with(
        {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", start([text](const fakes::SeenRequest&) { return text; })}});
  };
  EXPECT_TRUE(is_misconfigured(answer(status(401, "secret")), "refuses with status 401"));
  EXPECT_EQ(answer(status(401, "secret")).message.find("secret"), std::string::npos);
  EXPECT_TRUE(may_pass(answer(status(429)), "status 429"));
  EXPECT_TRUE(may_pass(answer(status(500)), "status 500"));
  EXPECT_TRUE(may_pass(answer(fakes::ok("{}")), "something else than credentials"));
  EXPECT_TRUE(may_pass(answer("garbage\r\n\r\n"), "no HTTP answer"));
  EXPECT_TRUE(may_pass(answer(fakes::ok(std::string(100'000, ' '))), "more than 65536 bytes"));
  EXPECT_TRUE(
      is_misconfigured(fetch_with({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/"},
                                   {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", folder_.file("absent")}}),
                       "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"));
  EXPECT_TRUE(
      may_pass(fetch_with({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/"}}), "refused"));
}

}  // namespace
}  // namespace longshore::aws
