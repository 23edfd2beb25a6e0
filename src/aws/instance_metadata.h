#pragma once

#include <string>

#include "aws/credentials_source.h"
#include "aws/environment.h"

namespace longshore::aws {

/// The role of an EC2 instance, from its metadata service, version 2 alone: version 1 gives credentials to
/// whoever can make us send a GET.
class InstanceMetadataSource final : public CredentialsSource {
 public:
  /// Throws Error store_refused: switched off by AWS_EC2_METADATA_DISABLED, or no URL in
  /// AWS_EC2_METADATA_SERVICE_ENDPOINT.
  InstanceMetadataSource(const Environment& environment, HttpClient& http);

  [[nodiscard]] std::string_view name() const override { return "instance metadata"; }
  Task<Credentials> fetch() override;

 private:
  Task<Secret> fetch_token();
  Task<std::string> get(std::string path, const Secret& token);

  HttpEndpoint endpoint_;
  HttpClient& http_;
};

}  // namespace longshore::aws
