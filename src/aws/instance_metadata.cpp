#include "aws/instance_metadata.h"

#include <utility>

#include "aws/json_credentials.h"
#include "aws/sigv4.h"

namespace longshore::aws {
namespace {

constexpr std::string_view kWhat = "the instance metadata service";
constexpr std::string_view kIpv4 = "http://169.254.169.254";
constexpr std::string_view kIpv6 = "http://[fd00:ec2::254]";
constexpr std::string_view kTokenPath = "/latest/api/token";
constexpr std::string_view kRolePath = "/latest/meta-data/iam/security-credentials/";
constexpr std::string_view kTokenLifetimeS = "60";  // for the two calls that follow

/// Where there is no such service the packets go nowhere: that must be known soon.
constexpr HttpTimeouts kTimeouts{.connect = Millis{1'000}, .stall = Millis{2'000}, .answer = Millis{2'000}};

HttpEndpoint endpoint_of(const Environment& environment) {
  const bool ipv6 = environment.find("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").value_or("") == "IPv6";
  const auto given = environment.find("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  const auto url = parse_http_url(given ? std::string_view(*given) : ipv6 ? kIpv6 : kIpv4);
  if (!url) throw misconfigured("AWS_EC2_METADATA_SERVICE_ENDPOINT is no URL");
  return url->endpoint;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find_first_of("\r\n")); }

}  // namespace

InstanceMetadataSource::InstanceMetadataSource(const Environment& environment, HttpClient& http)
    : endpoint_(endpoint_of(environment)), http_(http) {
  if (environment.find("AWS_EC2_METADATA_DISABLED").value_or("") == "true")
    throw misconfigured(
        "AWS_EC2_METADATA_DISABLED switches the instance metadata off, and nothing else is set");
}

Task<Secret> InstanceMetadataSource::fetch_token() {
  HttpRequest request{.endpoint = endpoint_,
                      .method = "PUT",
                      .target = std::string(kTokenPath),
                      .fields = {{"X-aws-ec2-metadata-token-ttl-seconds", std::string(kTokenLifetimeS)}},
                      .timeouts = kTimeouts};
  // The answer's hop limit is 1 unless somebody has raised it, and a container is one hop further away.
  const EndpointAnswer answer = co_await call_endpoint(
      http_, std::move(request), std::string(kWhat) + " (in a container its hop limit must be 2 or more)");
  if (answer.status != 200 || answer.body.empty()) {
    throw misconfigured(std::string(kWhat) + " gives no token: status " + std::to_string(answer.status));
  }
  co_return Secret(answer.body);
}

Task<std::string> InstanceMetadataSource::get(std::string path, const Secret& token) {
  HttpRequest request{.endpoint = endpoint_,
                      .method = "GET",
                      .target = std::move(path),
                      .fields = {{"X-aws-ec2-metadata-token", std::string(token.expose())}},
                      .timeouts = kTimeouts};
  EndpointAnswer answer = co_await call_endpoint(http_, std::move(request), std::string(kWhat));
  if (answer.status == 404) throw misconfigured("the instance has no role");
  if (answer.status != 200)
    throw misconfigured(std::string(kWhat) + " refuses with status " + std::to_string(answer.status));
  co_return std::move(answer.body);
}

Task<Credentials> InstanceMetadataSource::fetch() {
  const Secret token = co_await fetch_token();
  const std::string role = first_line(co_await get(std::string(kRolePath), token));
  if (role.empty()) throw misconfigured("the instance has no role");
  const std::string json = co_await get(std::string(kRolePath) + encode_path(role), token);
  auto credentials = parse_json_credentials(json);
  if (!credentials) throw not_now(std::string(kWhat) + " gives something else than credentials");
  co_return std::move(*credentials);
}

}  // namespace longshore::aws
