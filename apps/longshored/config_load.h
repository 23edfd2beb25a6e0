#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "apps/longshored/config.h"

/// From a file, the environment and the command line to one Config: later ones in this list win. Nothing is
/// opened but the file itself, and everything that is wrong is found in one go.
namespace longshore::server {

/// Where a setting was written.
struct Origin {
  std::string place;       // "longshored.toml", "environment", "command line"; "" for a default
  std::uint32_t line = 0;  // of a file
  /// "longshored.toml:12: ", "environment: ".
  [[nodiscard]] std::string prefix() const;
};

/// A value as it was written. `name` is how its author called it: the key, the variable or the option.
struct Setting {
  std::string name;
  std::string text;
  Origin origin;
};
using Settings = std::map<std::string, Setting>;  // by full key: "limits.idle_timeout",
                                                  // "drives.cold.part_bytes_min"

/// Everything that was wrong, one line each.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::vector<std::string> all);
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::vector<std::string> problems_;
};

struct CommandLine {
  std::filesystem::path config_file;  // empty: none
  std::string http;                   // empty: not given
  std::string grpc;                   // likewise
  std::string data_dir;
  bool insecure = false;
};
using Environment = std::map<std::string, std::string>;

inline constexpr const char* kDataDirPreset = "longshore-data";
inline constexpr const char* kDataDirVariable = "LONGSHORE_DATA_DIR";

struct LoadedConfig {
  Config config;
  Settings settings;  // what was written, without defaults
};

/// Reads and checks all of it (config_check.h too). Throws ConfigError.
LoadedConfig load_config(const CommandLine& command_line, const Environment& environment);

}  // namespace longshore::server
