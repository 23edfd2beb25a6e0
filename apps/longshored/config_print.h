#pragma once

#include <string>

#include "apps/longshored/config_load.h"

namespace longshore::server {

/// The configuration in use as TOML that --config takes back, each key with a comment that says where it
/// comes from.
std::string print_config(const LoadedConfig& loaded);

/// docs/configuration.md, out of the table of keys.
std::string configuration_reference();

}  // namespace longshore::server
