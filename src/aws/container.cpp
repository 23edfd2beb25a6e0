#include "aws/container.h"

#include <utility>

#include <boost/asio/ip/address.hpp>

#include "aws/json_credentials.h"

namespace longshore::aws {
namespace {

constexpr std::string_view kWhat = "the container's credentials endpoint";
constexpr std::string_view kEcsHost = "169.254.170.2";

constexpr HttpTimeouts kTimeouts{.connect = Millis{2'000}, .stall = Millis{5'000}, .answer = Millis{5'000}};

/// A token must reach nobody else without TLS.
bool is_trusted_without_tls(const std::string& host) {
  if (host == "localhost" || host == kEcsHost || host == "169.254.170.23" || host == "fd00:ec2::23")
    return true;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return !error && address.is_loopback();
}

}  // namespace

HttpUrl container_url(const Environment& environment) {
  if (const auto path = environment.find("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
    auto url = path->starts_with('/') ? parse_http_url("http://" + std::string(kEcsHost) + *path)
                                      : std::nullopt;
    if (!url) throw misconfigured("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is no path");
    return std::move(*url);
  }
  const auto full = environment.find("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (!full) throw misconfigured("neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor _FULL_URI is set");
  auto url = parse_http_url(*full);
  if (!url) throw misconfigured("AWS_CONTAINER_CREDENTIALS_FULL_URI is no URL");
  if (!url->endpoint.tls && !is_trusted_without_tls(url->endpoint.host))
    throw misconfigured("AWS_CONTAINER_CREDENTIALS_FULL_URI points to another host without TLS");
  return std::move(*url);
}

ContainerSource::ContainerSource(const Environment& environment, HttpClient& http, BlockingPool& files)
    : url_(container_url(environment)),
      token_path_(environment.find("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").value_or("")),
      token_(environment.find("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("")),
      http_(http),
      files_(files) {}

Task<Secret> ContainerSource::authorization() {
  if (token_path_.empty()) co_return token_;
  co_return co_await read_token_file(files_, token_path_, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
}

Task<Credentials> ContainerSource::fetch() {
  HttpRequest request{
      .endpoint = url_.endpoint, .method = "GET", .target = url_.target, .timeouts = kTimeouts};
  const Secret token = co_await authorization();
  if (!token.empty()) request.fields.push_back({"Authorization", std::string(token.expose())});
  const EndpointAnswer answer = co_await call_endpoint(http_, std::move(request), std::string(kWhat));
  if (answer.status != 200)
    throw misconfigured(std::string(kWhat) + " refuses with status " + std::to_string(answer.status));
  auto credentials = parse_json_credentials(answer.body);
  if (!credentials) throw not_now(std::string(kWhat) + " gives something else than credentials");
  co_return std::move(*credentials);
}

}  // namespace longshore::aws
