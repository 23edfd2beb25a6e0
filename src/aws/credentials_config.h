#pragma once

#include <memory>
#include <string>

#include "aws/credentials_source.h"
#include "aws/environment.h"

namespace longshore::aws {

enum class CredentialsKind {
  automatic,  // the first of those below that is configured: environment, web identity, profile, container,
              // instance
  fixed,      // in our own configuration
  environment,
  profile,
  web_identity,
  container,
  instance,
};

struct CredentialsConfig {
  CredentialsKind kind = CredentialsKind::automatic;
  std::string access_key_id;  // fixed
  Secret secret_access_key;   // fixed
  std::string profile;        // profile: "" for that of AWS_PROFILE, or else "default"
  std::string region;         // web_identity: where to ask STS; "" for AWS_REGION
  std::string sts_endpoint;   // web_identity: a URL, "" for AWS's own
};

/// The source that the configuration names. Once chosen it is never left for another one, whatever it
/// answers. Reads the profile's files in automatic. Throws Error store_refused if the source lacks what it
/// needs, or in automatic has half of it; its message names the setting.
///
/// Called once, at the start; the rest must outlive the source. `http` must trust the system's authorities:
/// the endpoints are AWS's.
std::unique_ptr<CredentialsSource> make_source(const CredentialsConfig& config,
                                               const Environment& environment, HttpClient& http,
                                               BlockingPool& files);

}  // namespace longshore::aws
