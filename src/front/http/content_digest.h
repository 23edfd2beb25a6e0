#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"

namespace longshore::http {

/// What a client says of the bytes it sends.
struct ContentDigest {
  std::optional<std::uint32_t> crc32c;
  std::optional<Sha256Digest> sha256;
};

/// A Content-Digest field (RFC 9530): "crc32c=:yZRlqg==:, sha-256=:...:". Other algorithms are passed over
/// beside one of these. Throws Error invalid_request where the field is no dictionary of byte sequences, a
/// digest has the wrong length, or all are of other algorithms: who sends a digest wants it verified.
ContentDigest parse_content_digest(std::string_view value);

/// The same form, of what is known; "" if nothing is.
std::string format_digest(std::optional<std::uint32_t> crc32c, const std::string& sha256_base64);

}  // namespace longshore::http
