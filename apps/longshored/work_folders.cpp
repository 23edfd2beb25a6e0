#include "apps/longshored/work_folders.h"

#include <system_error>

#include <fmt/format.h>

namespace longshore::server {
namespace {

WorkFolder look_at(std::string name, const std::filesystem::path& path) {
  std::error_code unreadable;
  return {.name = std::move(name),
          .path = std::filesystem::absolute(path).lexically_normal(),
          .is_there = std::filesystem::is_directory(path, unreadable)};
}

}  // namespace

std::vector<WorkFolder> work_folders(const Config& config) {
  std::vector<WorkFolder> folders{look_at("data folder", config.data_dir)};
  for (const DriveConfig& drive : config.drives) {
    if (drive.kind != StoreKind::directory) continue;
    folders.push_back(look_at("drive " + drive.name.str(), drive.directory));
  }
  return folders;
}

std::string describe(const WorkFolder& folder) {
  return fmt::format("{} {}: {}", folder.name, folder.path.string(),
                     folder.is_there ? "there" : "not there, a start makes it");
}

}  // namespace longshore::server
