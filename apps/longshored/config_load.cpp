#include "apps/longshored/config_load.h"

#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/longshored/config_check.h"
#include "apps/longshored/config_source.h"
#include "apps/longshored/config_table.h"
#include "apps/longshored/config_value.h"
#include "domain/error.h"
#include "obs/redact.h"

namespace longshore::server {
namespace {

/// The value of `full_key`, as written or its preset, put into `target`.
template <class Target>
void apply(const Key<Target>& key, const std::string& full_key, const Settings& settings, Target& target,
           std::vector<std::string>& problems) {
  const auto found = settings.find(full_key);
  const Setting preset{full_key, std::string(key.rule.preset), {}};
  const Setting& setting = found == settings.end() ? preset : found->second;
  std::string why;
  try {
    if (const auto value = value_of(key.rule, setting.text, why)) {
      key.set(target, *value);
      return;
    }
    if (const auto later = said_for_later(full_key + "=" + setting.text)) why = *later;
  } catch (const Error& error) {
    why = error.message();
  }
  // What was written into the wrong table may be a secret.
  const bool hidden = is_secret(key.rule.kind) || key.rule.kind == ValueKind::table;
  const std::string shown = hidden ? "(not shown)" : redact_text(setting.text);
  problems.push_back(
      fmt::format("{}{}: \"{}\" is not possible: {}", setting.origin.prefix(), setting.name, shown, why));
}

/// The default drive and each that a setting names.
std::set<std::string> drive_names(const Settings& settings) {
  std::set<std::string> names;
  for (const auto& [key, setting] : settings) {
    const auto match = find_key(key);
    if (match.drive != nullptr && match.drive_name != kDefaultDrive) names.insert(match.drive_name);
  }
  return names;
}

/// A bucket's limits are its store's, where those are narrower. A place that makes no sense is
/// check_config()'s to report.
void narrow_to_store(DriveConfig& drive) {
  if (drive.kind != StoreKind::s3) return;
  try {
    const s3::Place place(drive.s3.place);
    s3::narrow(drive.limits,
               drive.s3.profile != nullptr ? *drive.s3.profile : s3::profile_of(place.endpoint()));
  } catch (const Error&) {
    return;
  }
}

DriveConfig make_drive(const std::string& name, const Config& config, const Settings& settings,
                       std::vector<std::string>& problems) {
  DriveConfig drive;
  drive.name = DriveName(name);
  const std::string section = section_of(drive.name);
  for (const DriveKey& key : drive_keys()) {
    apply(key, fmt::format("{}.{}", section, key.name), settings, drive, problems);
  }
  if (drive.directory.empty()) {
    drive.directory = config.data_dir / (name == kDefaultDrive ? "store" : "store-" + name);
  }
  aws::CredentialsConfig& credentials = drive.s3.credentials;
  if (credentials.kind == aws::CredentialsKind::automatic && !credentials.access_key_id.empty())
    credentials.kind = aws::CredentialsKind::fixed;
  credentials.region = drive.s3.place.region;
  narrow_to_store(drive);
  return drive;
}

/// What AWS's own tools look for: the names begin with AWS_, and the files lie in HOME.
aws::Environment aws_environment(const Environment& environment) {
  std::map<std::string, std::string, std::less<>> found;
  for (const auto& [name, value] : environment) {
    if (name.starts_with("AWS_") || name == "HOME") found.emplace(name, value);
  }
  return aws::Environment(std::move(found));
}

}  // namespace

std::string Origin::prefix() const {
  if (place.empty()) return "";
  return line == 0 ? place + ": " : fmt::format("{}:{}: ", place, line);
}

ConfigError::ConfigError(std::vector<std::string> all)
    : std::runtime_error(fmt::format("{}", fmt::join(all, "\n"))), problems_(std::move(all)) {}

LoadedConfig load_config(const CommandLine& command_line, const Environment& environment) {
  std::vector<std::string> problems;
  LoadedConfig loaded;
  Settings& settings = loaded.settings;
  if (!command_line.config_file.empty()) read_file(command_line.config_file, settings, problems);
  read_environment(environment, settings, problems);
  if (!command_line.http.empty()) {
    settings["http.listen"] = Setting{"--http", command_line.http, {"command line"}};
  }
  if (!command_line.grpc.empty()) {
    settings["grpc.listen"] = Setting{"--grpc", command_line.grpc, {"command line"}};
  }

  Config& config = loaded.config;
  const auto variable = environment.find(kDataDirVariable);
  config.insecure = command_line.insecure;
  config.aws_environment = aws_environment(environment);
  config.data_dir = !command_line.data_dir.empty()  ? command_line.data_dir
                    : variable != environment.end() ? variable->second
                                                    : kDataDirPreset;
  for (const ServerKey& key : server_keys()) apply(key, std::string(key.name), settings, config, problems);
  config.drives.push_back(make_drive(std::string(kDefaultDrive), config, settings, problems));
  for (const std::string& name : drive_names(settings)) {
    config.drives.push_back(make_drive(name, config, settings, problems));
  }

  if (problems.empty()) problems = check_config(config, settings);
  if (!problems.empty()) throw ConfigError(std::move(problems));
  return loaded;
}

}  // namespace longshore::server
