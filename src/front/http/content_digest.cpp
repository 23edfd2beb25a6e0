#include "front/http/content_digest.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/encoding.h"
#include "domain/error.h"

namespace longshore::http {
namespace {

Error malformed() {
  return invalid_field("Content-Digest",
                       "Content-Digest must be like crc32c=:yZRlqg==: or sha-256=:...:, digests in base64");
}

/// RFC 8941 section 3.1.2.
bool is_key(std::string_view text) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && (lower(text.front()) || text.front() == '*') &&
         std::ranges::all_of(text, [&](char c) {
           return lower(c) || ascii::is_digit(c) ||
                  std::string_view("_-.*").find(c) != std::string_view::npos;
         });
}

void take_member(std::string_view member, ContentDigest& digest) {
  const std::size_t equals = member.find('=');
  if (equals == std::string_view::npos || !is_key(member.substr(0, equals))) throw malformed();
  const std::string_view key = member.substr(0, equals);
  const std::string_view value = member.substr(equals + 1);
  if (value.size() < 2 || !value.starts_with(':') || !value.ends_with(':')) throw malformed();
  const auto bytes = base64_decode(value.substr(1, value.size() - 2));
  if (!bytes) throw malformed();

  if (key == "crc32c") {
    std::uint32_t crc = 0;
    if (digest.crc32c || !crc32c_from_base64(value.substr(1, value.size() - 2), crc)) throw malformed();
    digest.crc32c = crc;
  } else if (key == "sha-256") {
    Sha256Digest sha{};
    if (digest.sha256 || bytes->size() != sha.size()) throw malformed();
    std::ranges::transform(*bytes, sha.begin(), [](char c) { return static_cast<std::uint8_t>(c); });
    digest.sha256 = sha;
  }
}

}  // namespace

ContentDigest parse_content_digest(std::string_view value) {
  ContentDigest digest;
  for (const std::string_view member : ascii::list_members(value)) take_member(member, digest);
  if (!digest.crc32c && !digest.sha256) {
    throw invalid_field("Content-Digest",
                        "no algorithm in Content-Digest is verified here: send crc32c or sha-256, or none");
  }
  return digest;
}

std::string format_digest(std::optional<std::uint32_t> crc32c, const std::string& sha256_base64) {
  std::string value;
  if (crc32c) value = "crc32c=:" + crc32c_to_base64(*crc32c) + ":";
  if (!sha256_base64.empty()) value += (value.empty() ? "sha-256=:" : ", sha-256=:") + sha256_base64 + ":";
  return value;
}

}  // namespace longshore::http
