#include "net/http_message.h"

#include <algorithm>
#include <charconv>

#include "base/ascii.h"

namespace longshore {
namespace {

constexpr std::uint16_t kPlainPort = 80;
constexpr std::uint16_t kTlsPort = 443;

/// Takes `prefix`, in any case, off the front.
bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!ascii::same_word(text.substr(0, prefix.size()), prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

/// host [ ":" port ] / "[" address "]" [ ":" port ]
bool parse_authority(std::string_view text, HttpEndpoint& out) {
  const bool bracketed = text.starts_with('[');
  const std::size_t host_end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
  if (host_end == std::string_view::npos) return false;
  out.host = text.substr(bracketed ? 1 : 0, host_end - (bracketed ? 1 : 0));
  text.remove_prefix(host_end + (bracketed ? 1 : 0));

  if (text.starts_with(':')) {
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), out.port);
    if (error != std::errc{} || end != text.data() + text.size() || out.port == 0) return false;
    text = {};
  }
  const std::string_view also = bracketed ? ":." : "-._";
  return text.empty() && !out.host.empty() && std::ranges::all_of(out.host, [also](char c) {
           return ascii::is_digit(c) || ascii::is_letter(c) || also.find(c) != std::string_view::npos;
         });
}

}  // namespace

const std::string* find_field(const HttpFields& fields, std::string_view name) {
  const auto field = std::ranges::find_if(
      fields, [name](const HttpField& f) { return ascii::same_word(f.name, name); });
  return field == fields.end() ? nullptr : &field->value;
}

std::string HttpEndpoint::authority() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  std::string text = is_ipv6 ? "[" + host + "]" : host;
  if (port != (tls ? kTlsPort : kPlainPort)) text += ":" + std::to_string(port);
  return text;
}

std::optional<HttpUrl> parse_http_url(std::string_view text) {
  HttpUrl url;
  if (std::ranges::any_of(text, [](char c) { return c <= ' ' || c > '~' || c == '#' || c == '\\'; }))
    return std::nullopt;
  if (take_prefix(text, "http://")) {
    url.endpoint.tls = false;
    url.endpoint.port = kPlainPort;
  } else if (!take_prefix(text, "https://")) {
    return std::nullopt;
  }
  const std::size_t authority_end = std::min(text.find_first_of("/?"), text.size());
  if (!parse_authority(text.substr(0, authority_end), url.endpoint)) return std::nullopt;
  url.target = text.substr(authority_end);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

}  // namespace longshore
