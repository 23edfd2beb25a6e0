#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apps/longshored/config_table.h"

namespace longshore::server {

/// `text` as a Value of this rule; nullopt, and in `why` what would be right, if it is none.
/// For a list the words are separated by commas, for a table there is one NAME=TEXT a line.
std::optional<Value> value_of(const ValueRule& rule, const std::string& text, std::string& why);

/// "127.0.0.1:7070", "[::1]:7070", "localhost:0". Names other than localhost are not resolved.
std::optional<Endpoint> parse_endpoint(std::string_view text);
std::string to_string(const Endpoint& endpoint);
bool is_loopback(const Endpoint& endpoint);

/// "a, b" -> {"a", "b"}; "" -> {}.
std::vector<std::string> split_list(std::string_view text);

}  // namespace longshore::server
