#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "apps/longshored/config.h"

namespace longshore::server {

/// A folder that a server on this configuration works in.
struct WorkFolder {
  std::string name;            // "data folder", "drive cold"
  std::filesystem::path path;  // absolute
  bool is_there = false;
};

/// The data folder first, then those of the drives that are folders. Looks at the file system.
std::vector<WorkFolder> work_folders(const Config& config);

/// "data folder /srv/longshore: not there, a start makes it". check_config() has found that it can be made.
std::string describe(const WorkFolder& folder);

}  // namespace longshore::server
