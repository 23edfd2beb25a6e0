#pragma once

#include <optional>
#include <string_view>

#include "aws/credentials.h"

namespace longshore::aws {

/// "2013-05-24T00:00:00Z", also with a fraction of a second; nullopt: malformed.
std::optional<Time> parse_utc_time(std::string_view text);

/// {"AccessKeyId": .., "SecretAccessKey": .., "Token": .., "Expiration": ..}, as containers' endpoints and
/// instance metadata give it. nullopt: no such object, something missing or empty, or a "Code" other than
/// "Success".
std::optional<Credentials> parse_json_credentials(std::string_view json);

}  // namespace longshore::aws
