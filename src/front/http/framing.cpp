#include "front/http/framing.h"

#include <algorithm>

#include "base/ascii.h"
#include "domain/error.h"
#include "net/http_head.h"

namespace longshore::http {
namespace {

Error refused(const char* field, const char* what) { return invalid_field(field, what); }

/// uri-host [":" port] (RFC 9110 section 7.2), without user information; not empty.
bool is_host(std::string_view host) {
  const std::size_t colon = host.ends_with(']') ? std::string_view::npos : host.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? std::string_view{} : host.substr(colon + 1);
  std::string_view name = host.substr(0, colon);
  if (!std::ranges::all_of(port, ascii::is_digit)) return false;
  const bool literal = name.size() > 2 && name.starts_with('[') && name.ends_with(']');
  if (literal) name = name.substr(1, name.size() - 2);
  const std::string_view also = literal ? ":." : "-._~%!$&'()*+,;=";
  return !name.empty() && std::ranges::all_of(name, [also](char c) {
    return ascii::is_digit(c) || ascii::is_letter(c) || also.find(c) != std::string_view::npos;
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
  const auto length = parse_content_length(value);
  if (!length) throw refused("Content-Length", "Content-Length must be one decimal number below 2^63");
  return *length;
}

void decide_body(const RequestHead& head, Framing& framing) {
  const std::size_t codings = head.count("transfer-encoding");
  const std::size_t lengths = head.count("content-length");
  if (codings > 0) {
    if (lengths > 0)
      throw refused("Content-Length", "Content-Length and Transfer-Encoding exclude each other");
    if (head.version_minor == 0) throw refused("Transfer-Encoding", "HTTP/1.0 has no Transfer-Encoding");
    if (codings > 1 || !ascii::same_word(*head.find("transfer-encoding"), "chunked")) {
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

Framing check_framing(const RequestHead& head) {
  Framing framing;
  framing.host = checked_host(head);
  decide_body(head, framing);

  framing.keep_alive = head.version_minor == 1;
  for (const Field& field : head.fields) {
    if (field.name == "connection" && says_close(field.value)) framing.keep_alive = false;
  }
  if (const std::string* expect = head.find("expect"); expect != nullptr && head.version_minor == 1) {
    if (head.count("expect") > 1 || !ascii::same_word(*expect, "100-continue")) {
      throw Error{Reason::expectation_failed, "the only expectation that this server knows is 100-continue"};
    }
    framing.expects_continue = framing.body != BodyKind::none;
  }
  return framing;
}

}  // namespace longshore::http
