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

bool is_port(std::string_view text) {
  const std::optional<std::int64_t> port = parse_int64(text);
  return port && *port >= 1 && *port <= 65535;
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

std::string ServerUrl::authority() const {
  const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? "443" : "80") ? shown : shown + ":" + port;
}

ServerUrl parse_server_url(std::string_view text) {
  ServerUrl url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    url.tls = true;
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

  url.host = take_host(authority, text);
  url.port = url.tls ? "443" : "80";
  if (!authority.empty()) {
    if (authority.front() != ':' || !is_port(authority.substr(1))) refuse(text, "has a malformed port");
    url.port = authority.substr(1);
  }
  return url;
}

std::string url_segment(std::string_view text) { return percent_encode(text); }

}  // namespace longshore::cli
