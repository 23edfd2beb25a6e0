#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace longshore {

std::string hex_encode(ByteView bytes);                        // lower case
std::optional<std::string> hex_decode(std::string_view text);  // either case; nullopt if malformed

/// Standard base64 with padding (RFC 4648 section 4). Decoding is strict: padding present, unused bits zero,
/// no white space.
std::string base64_encode(ByteView bytes);
std::optional<std::string> base64_decode(std::string_view text);

/// Percent-encodes every byte but the unreserved ones (RFC 3986 section 2.3: A-Z a-z 0-9 - . _ ~) and those
/// in `also_plain`.
std::string percent_encode(std::string_view text, std::string_view also_plain = {});
/// Decodes %XX once; nullopt on a malformed escape. '+' stays '+'.
std::optional<std::string> percent_decode(std::string_view text);

/// Well-formed UTF-8 (no overlong forms, no surrogates, nothing above U+10FFFF).
bool is_valid_utf8(std::string_view text);
/// Holds a C0 control, DEL, or a C1 control encoded in UTF-8.
bool has_control_characters(std::string_view text);

}  // namespace longshore
