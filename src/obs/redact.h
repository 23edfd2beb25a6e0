#pragma once

#include <string>
#include <string_view>

namespace longshore {

/// What stands in a log, an error or a printed configuration in the place of a secret.
inline constexpr std::string_view kRedacted = "[redacted]";

/// Whether a field, header or configuration key of this name may hold a secret: token, key, secret, password,
/// authorization, credential, signature, cookie, in any spelling (case, '-', '_' and '.' make no difference).
/// Names of harmless keys are few and listed: object_key, key_template.
bool names_a_secret(std::string_view name);

/// `text` without what URLs and headers in it may tell: the query string and the user and password of each
/// URL, the credentials behind "Bearer" and "Basic".
std::string redact_text(std::string_view text);

}  // namespace longshore
