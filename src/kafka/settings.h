#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace longshore::kafka {

/// What is wrong with a setting of librdkafka, without its value; nullopt: it is taken. Settings that order
/// and durability rest on are not for others to choose. Files that it names are not opened.
std::optional<std::string> why_not(const std::string& name, const Secret& value);

/// Whether its value is not for others to see: passwords and keys, not the files that hold them.
bool holds_a_secret(std::string_view name);

}  // namespace longshore::kafka
