#include "aws/web_identity.h"

#include <algorithm>
#include <array>
#include <utility>

#include "aws/json_credentials.h"
#include "aws/sigv4.h"
#include "aws/xml.h"
#include "base/ascii.h"

namespace longshore::aws {
namespace {

constexpr std::string_view kTokenFile = "AWS_WEB_IDENTITY_TOKEN_FILE";
constexpr std::size_t kCodeBytesMax = 64;

constexpr HttpTimeouts kTimeouts{.stall = Millis{10'000}, .answer = Millis{10'000}};

/// Errors that pass: STS could not reach the other authority, or asks for patience.
constexpr std::array<std::string_view, 3> kPassing{"IDPCommunicationError", "Throttling",
                                                   "RequestLimitExceeded"};

std::string required(const Environment& environment, std::string_view name) {
  auto value = environment.find(name);
  if (!value) throw misconfigured(std::string(name) + " is not set");
  return std::move(*value);
}

}  // namespace

std::optional<Credentials> parse_sts_answer(std::string_view xml) {
  const auto document = XmlDocument::parse(xml);
  if (!document || document->root().name() != "AssumeRoleWithWebIdentityResponse") return std::nullopt;
  const auto result = document->root().child("AssumeRoleWithWebIdentityResult");
  const auto found = result ? result->child("Credentials") : std::nullopt;
  if (!found) return std::nullopt;
  const auto text = [&found](const char* name) { return found->text(name).value_or(""); };
  Credentials credentials{.access_key_id = text("AccessKeyId"),
                          .secret_access_key = Secret(text("SecretAccessKey")),
                          .session_token = Secret(text("SessionToken")),
                          .expires = parse_utc_time(text("Expiration"))};
  const bool complete = !credentials.access_key_id.empty() && !credentials.secret_access_key.empty() &&
                        !credentials.session_token.empty() && credentials.expires;
  if (!complete) return std::nullopt;
  return credentials;
}

std::string parse_sts_error(std::string_view xml) {
  const auto document = XmlDocument::parse(xml);
  if (!document || document->root().name() != "ErrorResponse") return "";
  const auto error = document->root().child("Error");
  const std::string code = error ? error->text("Code").value_or("") : "";
  const bool plain = code.size() <= kCodeBytesMax && std::ranges::all_of(code, [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                              c == '.';
                     });
  return plain ? code : "";
}

HttpUrl WebIdentitySource::sts_url(const Environment& environment, const Options& options) {
  std::string region = options.region;
  if (region.empty()) region = environment.find("AWS_REGION").value_or("");
  if (region.empty()) region = environment.find("AWS_DEFAULT_REGION").value_or("");
  std::string endpoint = options.sts_endpoint;
  if (endpoint.empty()) endpoint = environment.find("AWS_ENDPOINT_URL_STS").value_or("");
  if (endpoint.empty()) {
    endpoint = "https://sts." + (region.empty() ? "" : region + ".") + "amazonaws.com" +
               (region.starts_with("cn-") ? ".cn" : "");
  }
  auto url = parse_http_url(endpoint);
  if (!url) throw misconfigured("the endpoint of STS is no URL");
  return std::move(*url);
}

WebIdentitySource::WebIdentitySource(const Environment& environment, const Options& options, HttpClient& http,
                                     BlockingPool& files)
    : token_path_(required(environment, kTokenFile)),
      role_(required(environment, "AWS_ROLE_ARN")),
      session_(environment.find("AWS_ROLE_SESSION_NAME").value_or("longshore")),
      sts_(sts_url(environment, options)),
      http_(http),
      files_(files) {}

Task<Credentials> WebIdentitySource::fetch() {
  const Secret token = co_await read_token_file(files_, token_path_, std::string(kTokenFile));
  HttpTextBody form(encode_query({{"Action", "AssumeRoleWithWebIdentity"},
                                  {"Version", "2011-06-15"},
                                  {"RoleArn", role_},
                                  {"RoleSessionName", session_},
                                  {"WebIdentityToken", std::string(token.expose())}}));
  HttpRequest request{.endpoint = sts_.endpoint,
                      .method = "POST",
                      .target = sts_.target,
                      .fields = {{"Content-Type", "application/x-www-form-urlencoded"}},
                      .body = &form,
                      .timeouts = kTimeouts};
  const EndpointAnswer answer = co_await call_endpoint(http_, std::move(request), "STS");
  if (answer.status != 200) {
    const std::string code = parse_sts_error(answer.body);
    const std::string what = "STS refuses with status " + std::to_string(answer.status) + " " + code;
    throw std::ranges::find(kPassing, code) != kPassing.end() ? not_now(what) : misconfigured(what);
  }
  auto credentials = parse_sts_answer(answer.body);
  if (!credentials) throw not_now("STS gives something else than credentials");
  co_return std::move(*credentials);
}

}  // namespace longshore::aws
