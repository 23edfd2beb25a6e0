#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/longshored/config_load.h"
#include "apps/longshored/config_table.h"

/// The two places in which keys are written, and what they may be called there.
namespace longshore::server {

/// Which row of the table a full key means; neither: there is no such key.
struct KeyMatch {
  const ServerKey* server = nullptr;
  const DriveKey* drive = nullptr;
  std::string drive_name;  // with `drive`
};
KeyMatch find_key(std::string_view full_key);

/// What to say to a key, a section or "key=value" of a feature that this release does not have.
std::optional<std::string> said_for_later(std::string_view full_key);

/// A TOML file: every leaf into `settings`, what is wrong with it into `problems`.
void read_file(const std::filesystem::path& file, Settings& settings, std::vector<std::string>& problems);

/// The variables LONGSHORE_SECTION_KEY; others that begin with LONGSHORE_ belong to somebody else and are
/// left alone.
void read_environment(const Environment& environment, Settings& settings, std::vector<std::string>& problems);

}  // namespace longshore::server
