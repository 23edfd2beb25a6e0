#include "aws/profile.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/ascii.h"

namespace longshore::aws {
namespace {

constexpr std::string_view kKeyId = "aws_access_key_id";
constexpr std::string_view kSecret = "aws_secret_access_key";

/// What a profile may want instead of keys.
constexpr std::array<std::string_view, 7> kUnsupported{"role_arn",     "source_profile", "credential_source",
                                                       "sso_session",  "sso_start_url",  "credential_process",
                                                       "login_session"};

/// The name in "[name]" or "[profile name]"; nullopt: another kind of section.
std::optional<std::string_view> section_name(std::string_view line, ProfileFile kind) {
  std::string_view inside = ascii::trimmed(line.substr(1, line.find(']') - 1));
  if (kind == ProfileFile::credentials || inside == "default") return inside;
  constexpr std::string_view kPrefix = "profile";
  if (!inside.starts_with(kPrefix)) return std::nullopt;
  inside.remove_prefix(kPrefix.size());
  if (!inside.starts_with(' ') && !inside.starts_with('\t')) return std::nullopt;
  return ascii::trimmed(inside);
}

/// Without a comment, which begins with a blank and a mark.
std::string_view value_of(std::string_view text) {
  return ascii::trimmed(text.substr(0, std::min({text.find(" #"), text.find(" ;"), text.size()})));
}

void add_setting(std::string_view line, Profile& profile) {
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) return;
  profile[ascii::lower(ascii::trimmed(line.substr(0, equals)))] = value_of(line.substr(equals + 1));
}

std::string read_if_there(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool has(const Profile& profile, std::string_view name) {
  const auto setting = profile.find(name);
  return setting != profile.end() && !setting->second.empty();
}

std::string_view setting(const Profile& profile, std::string_view name) {
  return has(profile, name) ? std::string_view(profile.find(name)->second) : std::string_view();
}

std::string path_of(const Environment& environment, std::string_view variable, std::string_view file) {
  if (auto path = environment.find(variable)) return *path;
  const auto home = environment.find("HOME");
  return home ? *home + "/.aws/" + std::string(file) : "";
}

}  // namespace

std::optional<Profile> find_profile(std::string_view text, ProfileFile kind, std::string_view name) {
  std::optional<Profile> found;
  bool inside = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('[')) {
      inside = section_name(line, kind) == name;
      if (inside && !found) found.emplace();
    } else if (inside && !line.empty() && std::string_view(" \t#;").find(line[0]) == std::string_view::npos) {
      add_setting(line, *found);
    }
  }
  return found;
}

Credentials credentials_of(const Profile& profile) {
  for (const std::string_view name : kUnsupported) {
    if (!has(profile, name)) continue;
    throw misconfigured(
        "the profile has " + std::string(name) +
        ", which is not supported: give it aws_access_key_id and aws_secret_access_key alone, or "
        "use web_identity, container or instance credentials");
  }
  if (!has(profile, kKeyId) || !has(profile, kSecret))
    throw misconfigured("the profile has no aws_access_key_id and aws_secret_access_key");
  return {.access_key_id = std::string(setting(profile, kKeyId)),
          .secret_access_key = Secret(setting(profile, kSecret)),
          .session_token = Secret(setting(profile, "aws_session_token"))};
}

ProfileSource::ProfileSource(const Environment& environment, std::string name, BlockingPool& files)
    : place_{.name = std::move(name),
             .credentials_path = path_of(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials"),
             .config_path = path_of(environment, "AWS_CONFIG_FILE", "config")},
      files_(files) {
  if (place_.name.empty()) place_.name = environment.find("AWS_PROFILE").value_or("default");
}

/// The keys come from one file; what is not supported, from both.
std::optional<Profile> ProfileSource::load(const Place& place) {
  auto keys = find_profile(read_if_there(place.credentials_path), ProfileFile::credentials, place.name);
  auto settings = find_profile(read_if_there(place.config_path), ProfileFile::config, place.name);
  if (!keys || !settings) return keys ? keys : settings;
  if (!has(*keys, kKeyId) && !has(*keys, kSecret)) return settings;
  for (const std::string_view name : kUnsupported) {
    if (has(*settings, name)) keys->insert(*settings->find(name));
  }
  return keys;
}

Task<Credentials> ProfileSource::fetch() {
  const auto profile = co_await files_.run([place = place_] { return load(place); });
  if (!profile) throw misconfigured("there is no profile \"" + place_.name + "\"");
  co_return credentials_of(*profile);
}

bool ProfileSource::is_configured() const {
  const auto profile = load(place_);
  if (!profile) return false;
  return has(*profile, kKeyId) || has(*profile, kSecret) ||
         std::ranges::any_of(kUnsupported, [&](std::string_view name) { return has(*profile, name); });
}

}  // namespace longshore::aws
