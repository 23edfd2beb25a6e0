#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace longshore::http {

/// What an uploader's Content-Disposition asks for.
struct Disposition {
  bool is_inline = false;               // any other type counts as attachment (RFC 6266 section 4.2)
  std::optional<std::string> filename;  // UTF-8, as it is meant: of filename* where there are both
};

/// Reads it strictly (RFC 6266, RFC 8187 with UTF-8); parameters other than the file's name are passed over.
/// nullopt: it is malformed, a parameter stands twice, or the name is none (empty, not UTF-8, with control
/// characters or a path).
std::optional<Disposition> parse_disposition(std::string_view text);

}  // namespace longshore::http
