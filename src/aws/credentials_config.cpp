#include "aws/credentials_config.h"

#include <utility>

#include "aws/container.h"
#include "aws/instance_metadata.h"
#include "aws/profile.h"
#include "aws/web_identity.h"

namespace longshore::aws {
namespace {

/// Keys that are given once and for all.
class FixedSource final : public CredentialsSource {
 public:
  FixedSource(std::string_view name, Credentials credentials)
      : name_(name), credentials_(std::move(credentials)) {}

  [[nodiscard]] std::string_view name() const override { return name_; }
  Task<Credentials> fetch() override { co_return credentials_; }

 private:
  const std::string_view name_;
  const Credentials credentials_;
};

std::unique_ptr<CredentialsSource> from_config(const CredentialsConfig& config) {
  if (config.access_key_id.empty() || config.secret_access_key.empty())
    throw misconfigured("the configuration must hold the access key and its secret");
  return std::make_unique<FixedSource>(
      "configuration",
      Credentials{.access_key_id = config.access_key_id, .secret_access_key = config.secret_access_key});
}

std::unique_ptr<CredentialsSource> from_environment(const Environment& environment) {
  const auto key_id = environment.find("AWS_ACCESS_KEY_ID");
  const auto secret = environment.find("AWS_SECRET_ACCESS_KEY");
  if (!key_id || !secret) throw misconfigured("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must both be set");
  const std::string token = environment.find("AWS_SESSION_TOKEN").value_or("");
  return std::make_unique<FixedSource>("environment", Credentials{.access_key_id = *key_id,
                                                                  .secret_access_key = Secret(*secret),
                                                                  .session_token = Secret(token)});
}

bool any_set(const Environment& environment, std::string_view one, std::string_view other) {
  return environment.find(one) || environment.find(other);
}

CredentialsKind first_configured(const Environment& environment, const ProfileSource& profile) {
  if (any_set(environment, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")) return CredentialsKind::environment;
  if (environment.find("AWS_WEB_IDENTITY_TOKEN_FILE")) return CredentialsKind::web_identity;
  if (environment.find("AWS_PROFILE") || profile.is_configured()) return CredentialsKind::profile;
  if (any_set(environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"))
    return CredentialsKind::container;
  return CredentialsKind::instance;
}

}  // namespace

std::unique_ptr<CredentialsSource> make_source(const CredentialsConfig& config,
                                               const Environment& environment, HttpClient& http,
                                               BlockingPool& files) {
  auto profile = std::make_unique<ProfileSource>(environment, config.profile, files);
  CredentialsKind kind = config.kind;
  if (kind == CredentialsKind::automatic) kind = first_configured(environment, *profile);
  switch (kind) {
    case CredentialsKind::fixed:
      return from_config(config);
    case CredentialsKind::environment:
      return from_environment(environment);
    case CredentialsKind::profile:
      return profile;
    case CredentialsKind::web_identity:
      return std::make_unique<WebIdentitySource>(
          environment,
          WebIdentitySource::Options{.region = config.region, .sts_endpoint = config.sts_endpoint}, http,
          files);
    case CredentialsKind::container:
      return std::make_unique<ContainerSource>(environment, http, files);
    case CredentialsKind::automatic:
    case CredentialsKind::instance:
      break;
  }
  return std::make_unique<InstanceMetadataSource>(environment, http);
}

}  // namespace longshore::aws
