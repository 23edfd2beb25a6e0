#include "s3/place.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <boost/asio/ip/address.hpp>

#include "domain/error.h"

namespace longshore::s3 {
namespace {

constexpr std::size_t kBucketBytesMax = 255;
constexpr std::size_t kRegionBytesMax = 64;

bool consists_of(std::string_view text, std::string_view others) {
  return std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
  });
}

bool is_region(std::string_view text) {
  return !text.empty() && text.size() <= kRegionBytesMax && consists_of(text, "-_ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

// Old buckets have capitals and underscores.
bool is_bucket(std::string_view text) {
  return text.size() >= 3 && text.size() <= kBucketBytesMax &&
         consists_of(text, ".-_ABCDEFGHIJKLMNOPQRSTUVWXYZ") && text.front() != '.' && text.back() != '.';
}

bool is_host_label(std::string_view bucket) {
  return bucket.size() <= 63 && consists_of(bucket, ".-") && bucket.front() != '-' && bucket.back() != '-' &&
         bucket.find("..") == std::string_view::npos;
}

bool is_address(const std::string& host) {
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  return !error;
}

HttpEndpoint endpoint_of(const std::string& url) {
  const auto parsed = parse_http_url(url);
  if (!parsed) throw invalid_field("endpoint", "no URL such as https://s3.example.org:9000");
  if (parsed->target != "/") throw invalid_field("endpoint", "it must have no path and no query");
  return parsed->endpoint;
}

// "host" or "host:port", of an answer.
std::optional<HttpEndpoint> endpoint_in(const std::string& host, bool tls) {
  const auto parsed = parse_http_url((tls ? "https://" : "http://") + host);
  if (!parsed || parsed->target != "/") return std::nullopt;
  return parsed->endpoint;
}

}  // namespace

Place::Place(PlaceOptions options) : options_(std::move(options)) {
  if (options_.region.empty()) options_.region = "us-east-1";
  if (!is_region(options_.region)) throw invalid_field("region", "letters, digits and '-' only");
  if (!is_bucket(options_.bucket)) {
    throw invalid_field("bucket", "a bucket's name has 3 to 63 lower-case letters, digits, '-' and '.'");
  }
  const bool aws = options_.endpoint.empty();
  if (!aws && (options_.accelerate || options_.dual_stack))
    throw invalid_field(options_.accelerate ? "accelerate" : "dual_stack",
                        "only AWS has it: leave out the endpoint");
  service_ = aws ? aws_service() : endpoint_of(options_.endpoint);

  // A wildcard certificate covers one label: a bucket with dots would not be in it.
  const bool has_label = is_host_label(options_.bucket);
  const bool in_certificate = !service_.tls || options_.bucket.find('.') == std::string::npos;
  switch (options_.addressing) {
    case Addressing::automatic:
      virtual_host_ = aws && has_label && in_certificate;
      break;
    case Addressing::path:
      virtual_host_ = false;
      break;
    case Addressing::virtual_host:
      if (!has_label || is_address(service_.host))
        throw invalid_field("addressing", "the bucket's name cannot stand before this host: use \"path\"");
      if (!in_certificate)
        throw invalid_field("addressing", "no certificate covers a bucket's name with dots: use \"path\"");
      virtual_host_ = true;
      break;
  }
  if (options_.accelerate && !virtual_host_)
    throw invalid_field("accelerate", "it needs virtual addressing, and a bucket's name without dots");
}

HttpEndpoint Place::aws_service() const {
  const std::string domain = options_.region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
  const std::string stack = options_.dual_stack ? ".dualstack" : "";
  if (options_.accelerate) return {.host = "s3-accelerate" + stack + domain};
  return {.host = "s3" + stack + "." + options_.region + domain};
}

HttpEndpoint Place::endpoint() const {
  HttpEndpoint endpoint = service_;
  if (virtual_host_) endpoint.host = options_.bucket + "." + endpoint.host;
  return endpoint;
}

std::string Place::target(const Call& call) const {
  std::string target = virtual_host_ ? "/" : "/" + aws::encode_path(options_.bucket);
  if (!call.key.empty()) target += (virtual_host_ ? "" : "/") + aws::encode_path(call.key.str());
  if (!call.query.empty()) target += "?" + aws::encode_query(call.query);
  return target;
}

std::optional<Place> Place::follow(const Answer& answer) const {
  Place next = *this;
  if (is_region(answer.region)) next.options_.region = answer.region;
  const bool aws = options_.endpoint.empty();
  if (aws && next.region() != region()) {
    next.service_ = next.aws_service();
  } else if (!answer.host.empty()) {
    auto named = endpoint_in(answer.host, service_.tls);
    if (!named) return std::nullopt;
    const std::string prefix = options_.bucket + ".";
    if (virtual_host_ && named->host.starts_with(prefix)) named->host.erase(0, prefix.size());
    next.service_ = std::move(*named);
  }
  if (next == *this) return std::nullopt;
  return next;
}

}  // namespace longshore::s3
