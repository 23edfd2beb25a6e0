#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/credentials_source.h"
#include "aws/environment.h"

namespace longshore::aws {

/// The credentials in STS's answer to AssumeRoleWithWebIdentity; nullopt: none there.
std::optional<Credentials> parse_sts_answer(std::string_view xml);
/// The code of STS's error, as "ExpiredTokenException"; "": none, or not a plain word.
std::string parse_sts_error(std::string_view xml);

/// A role that STS gives for a token of another authority, as Kubernetes service accounts have it (IRSA):
/// AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN.
class WebIdentitySource final : public CredentialsSource {
 public:
  struct Options {
    std::string region;        // "": that of AWS_REGION or AWS_DEFAULT_REGION, or else STS's global endpoint
    std::string sts_endpoint;  // a URL; "": that of AWS_ENDPOINT_URL_STS, or else AWS's own
  };

  /// Where STS is asked. Throws Error store_refused: no URL.
  static HttpUrl sts_url(const Environment& environment, const Options& options);

  /// Throws Error store_refused: a variable is missing, or the endpoint is no URL.
  WebIdentitySource(const Environment& environment, const Options& options, HttpClient& http,
                    BlockingPool& files);

  [[nodiscard]] std::string_view name() const override { return "web identity"; }
  Task<Credentials> fetch() override;

 private:
  std::string token_path_;  // the token is exchanged every hour or so: it is read at each fetch
  std::string role_;
  std::string session_;
  HttpUrl sts_;
  HttpClient& http_;
  BlockingPool& files_;
};

}  // namespace longshore::aws
