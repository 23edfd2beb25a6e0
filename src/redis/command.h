#pragma once

#include <span>
#include <string>
#include <string_view>

namespace longshore::redis {

/// Appends a command to `out` as a server reads it. The words may hold any bytes. No copy of them is left
/// behind if `out` was empty.
void append_command(std::string& out, std::span<const std::string_view> words);

}  // namespace longshore::redis
