#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/longshored/config_load.h"

namespace longshore::server {

/// What no single key shows: addresses that need --insecure, folders that cannot be written, limits that
/// contradict each other. One line each, with the place where it was written. Looks at the file system,
/// changes nothing.
std::vector<std::string> check_config(const Config& config, const Settings& settings);

/// Why files cannot be made in this folder (or the folder itself cannot be made); nullopt: they can.
std::optional<std::string> why_not_writable(const std::filesystem::path& folder);

}  // namespace longshore::server
