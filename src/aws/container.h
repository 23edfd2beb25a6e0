#pragma once

#include <string>

#include "aws/credentials_source.h"
#include "aws/environment.h"

namespace longshore::aws {

/// The URL of a container's credentials, from AWS_CONTAINER_CREDENTIALS_RELATIVE_URI (ECS) or
/// AWS_CONTAINER_CREDENTIALS_FULL_URI (EKS and others). Throws Error store_refused: neither is set, or it
/// points without TLS to a host that is not this machine or AWS's own.
HttpUrl container_url(const Environment& environment);

/// The endpoint that ECS, EKS Pod Identity and their like give to a container.
class ContainerSource final : public CredentialsSource {
 public:
  /// Throws as container_url().
  ContainerSource(const Environment& environment, HttpClient& http, BlockingPool& files);

  [[nodiscard]] std::string_view name() const override { return "container"; }
  Task<Credentials> fetch() override;

 private:
  Task<Secret> authorization();

  HttpUrl url_;
  std::string token_path_;  // the file changes: it is read at each fetch
  Secret token_;            // where there is no file
  HttpClient& http_;
  BlockingPool& files_;
};

}  // namespace longshore::aws
