#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace longshore {

struct HttpField {
  std::string name;
  std::string value;
};
using HttpFields = std::vector<HttpField>;

/// The value of the first field of that name, in any case; nullptr: none.
const std::string* find_field(const HttpFields& fields, std::string_view name);

/// Where a server listens. Its host stands in the Host field, is looked up, and must be in the certificate.
struct HttpEndpoint {
  bool tls = true;
  std::string host;  // a name or an address; an IPv6 address without brackets
  std::uint16_t port = 443;

  /// "host", or "host:port" where the port is not the scheme's own: what the Host field holds, and what is
  /// signed.
  [[nodiscard]] std::string authority() const;
  auto operator<=>(const HttpEndpoint&) const = default;
};

struct HttpUrl {
  HttpEndpoint endpoint;
  std::string target;  // path and query as they stand; "/" if there is none
};

/// "https://s3.example.org:9000/path?query"; nullopt: no absolute http or https URL, or one with user
/// information, a fragment, white space or control characters.
std::optional<HttpUrl> parse_http_url(std::string_view text);

}  // namespace longshore
