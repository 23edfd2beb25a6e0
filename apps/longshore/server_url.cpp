#include "apps/longshore/server_url.h"

#include <algorithm>
#include <cctype>

#include "apps/longshore/failure.h"
#include "apps/longshore/text.h"
#include "base/encoding.h"

namespace longshore::cli {

namespace {

[[noreturn]] void refuse(std::string_view url, const std::string& why) {
  throw Failure(reasons::kUsage,
                "the server's URL '" + printable(url) + "' " + why +
                    "; it should look like http://127.0.0.1:7070 or https://files.example.org");
}

bool is_host_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_';
}

bool is_address_character(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '.';
}

std::uint16_t parse_port(std::string_view text, std::string_view url) {
  const std::optional<std::int64_t> port = parse_int64(text);
  if (!port || *port < 1 || *port > 65535) refuse(url, "has a malformed port");
  return static_cast<std::uint16_t>(*port);
}

/// Takes the host off the front of `rest`.
std::string take_host(std::string_view& rest, std::string_view url) {
  if (rest.starts_with('[')) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos) refuse(url, "lacks the ']' of its address");
    const std::string_view address = rest.substr(1, end - 1);
    if (address.empty() || !std::all_of(address.begin(), address.end(), is_address_character)) {
      refuse(url, "has a malformed address");
    }
    rest.remove_prefix(end + 1);
    return std::string(address);
  }
  const std::string_view host = rest.substr(0, rest.find(':'));
  if (host.empty() || !std::all_of(host.begin(), host.end(), is_host_character))
    refuse(url, "has a malformed host");
  rest.remove_prefix(host.size());
  return std::string(host);
}

}  // namespace

ServerUrl parse_server_url(std::string_view text) {
  ServerUrl url;
  std::string_view rest = text;
  url.endpoint.tls = rest.starts_with("https://");
  if (url.endpoint.tls) {
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    refuse(text, "begins neither with http:// nor with https://");
  }
  if (has_control_characters(text) || text.find_first_of(" ?#@\\") != std::string_view::npos) {
    refuse(text, "holds a character that has no place here (space, ?, #, @, \\)");
  }
  std::string_view authority = rest.substr(0, rest.find('/'));
  url.prefix = rest.substr(authority.size());
  while (url.prefix.ends_with('/')) url.prefix.pop_back();

  url.endpoint.host = take_host(authority, text);
  url.endpoint.port = url.endpoint.tls ? 443 : 80;
  if (!authority.empty()) {
    if (authority.front() != ':') refuse(text, "has a malformed port");
    url.endpoint.port = parse_port(authority.substr(1), text);
  }
  return url;
}

std::string url_segment(std::string_view text) { return percent_encode(text); }

}  // namespace longshore::cli
