#include "front/http/framing.h"

#include <algorithm>
#include <charconv>

#include "domain/error.h"

namespace longshore::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

Error refused(const char* field, const char* what) { return invalid_field(field, what); }

/// uri-host [":" port] (RFC 9110 section 7.2), without user information; not empty.
bool is_host(std::string_view host) {
  const std::size_t colon = host.ends_with(']') ? std::string_view::npos : host.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? std::string_view{} : host.substr(colon + 1);
  std::string_view name = host.substr(0, colon);
  if (!std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; })) return false;
  const bool literal = name.size() > 2 && name.starts_with('[') && name.ends_with(']');
  if (literal) name = name.substr(1, name.size() - 2);
  const std::string_view also = literal ? ":." : "-._~%!$&'()*+,;=";
  return !name.empty() && std::ranges::all_of(name, [also](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           also.find(c) != std::string_view::npos;
  });
}

std::string checked_host(const RequestHead& head) {
  const std::size_t hosts = head.count("host");
  if (hosts == 0 && head.version_minor == 0) return {};
  if (hosts != 1) throw refused("Host", "exactly one Host field is needed");
  const std::string& host = *head.find("host");
  if (!is_host(host)) throw refused("Host", "Host must be a name or address, with a port or without");
  return host;
}

std::int64_t checked_length(const std::string& value) {
  std::int64_t length = 0;
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, length);
  const bool digits_alone = !value.empty() && value.front() >= '0' && value.front() <= '9';
  if (!digits_alone || stop != end || error != std::errc{}) {
    throw refused("Content-Length", "Content-Length must be one decimal number below 2^63");
  }
  return length;
}

void decide_body(const RequestHead& head, Framing& framing) {
  const std::size_t codings = head.count("transfer-encoding");
  const std::size_t lengths = head.count("content-length");
  if (codings > 0) {
    if (lengths > 0)
      throw refused("Content-Length", "Content-Length and Transfer-Encoding exclude each other");
    if (head.version_minor == 0) throw refused("Transfer-Encoding", "HTTP/1.0 has no Transfer-Encoding");
    if (codings > 1 || !same_word(*head.find("transfer-encoding"), "chunked")) {
      throw refused("Transfer-Encoding", "Transfer-Encoding must be the single word chunked");
    }
    framing.body = BodyKind::chunked;
  } else if (lengths > 0) {
    if (lengths > 1) throw refused("Content-Length", "there must be one Content-Length");
    framing.length = checked_length(*head.find("content-length"));
    framing.body = framing.length > 0 ? BodyKind::length : BodyKind::none;
  }
}

}  // namespace

bool has_word(std::string_view value, std::string_view word) {
  for (std::size_t at = 0; at <= value.size();) {
    const std::size_t comma = std::min(value.find(',', at), value.size());
    if (same_word(trimmed(value.substr(at, comma - at)), word)) return true;
    at = comma + 1;
  }
  return false;
}

Framing check_framing(const RequestHead& head) {
  Framing framing;
  framing.host = checked_host(head);
  decide_body(head, framing);

  framing.keep_alive = head.version_minor == 1;
  for (const Field& field : head.fields) {
    if (field.name == "connection" && has_word(field.value, "close")) framing.keep_alive = false;
  }
  if (const std::string* expect = head.find("expect"); expect != nullptr && head.version_minor == 1) {
    if (head.count("expect") > 1 || !same_word(*expect, "100-continue")) {
      throw Error{Reason::expectation_failed, "the only expectation that this server knows is 100-continue"};
    }
    framing.expects_continue = framing.body != BodyKind::none;
  }
  return framing;
}

}  // namespace longshore::http
