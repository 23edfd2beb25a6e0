#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "apps/longshored/config_load.h"

namespace longshore::server {

/// A folder that goes away with the test, and the configuration file in it.
class ConfigFixture : public testing::Test {
 protected:
  ConfigFixture()
      : folder_(std::filesystem::path(testing::TempDir()) / ("config-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~ConfigFixture() override { std::filesystem::remove_all(folder_); }

  LoadedConfig load(const std::string& toml, const Environment& environment = {},
                    CommandLine command_line = {}) {
    std::ofstream(folder_ / "l.toml") << toml;
    command_line.config_file = folder_ / "l.toml";
    if (command_line.data_dir.empty()) command_line.data_dir = folder_ / "data";
    return load_config(command_line, environment);
  }

  /// All problems in one text, without the name of the folder.
  std::string problems(const std::string& toml, const Environment& environment = {},
                       const CommandLine& command_line = {}) {
    try {
      load(toml, environment, command_line);
      return "none";
    } catch (const ConfigError& error) {
      std::string text = error.what();
      for (std::size_t at = 0; (at = text.find(folder_.string() + "/")) != std::string::npos;) {
        text.erase(at, folder_.string().size() + 1);
      }
      return text;
    }
  }

  std::filesystem::path folder_;
};

}  // namespace longshore::server
