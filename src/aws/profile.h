#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "aws/credentials_source.h"
#include "aws/environment.h"

namespace longshore::aws {

/// The settings of a profile, names in lower case.
using Profile = std::map<std::string, std::string, std::less<>>;

enum class ProfileFile {
  credentials,  // [name]
  config,       // [default] or [profile name]
};

/// The profile of that name in the text of a file of AWS's tools; nullopt: it is not there. Lines are
/// "name = value"; # and ; begin comments; indented lines belong to nested settings, which are not for us.
std::optional<Profile> find_profile(std::string_view text, ProfileFile kind, std::string_view name);

/// The keys of a profile. Throws Error store_refused: none there, or the profile wants something that is not
/// supported (a role, SSO, a process), which is named; that also beside keys, for they are another identity.
Credentials credentials_of(const Profile& profile);

/// A profile out of the credentials file, or else the config file. The files are read at each fetch: a key
/// that was exchanged in them is found when S3 rejects the old one.
class ProfileSource final : public CredentialsSource {
 public:
  /// `name`: "" for that of AWS_PROFILE, or else "default".
  ProfileSource(const Environment& environment, std::string name, BlockingPool& files);

  [[nodiscard]] std::string_view name() const override { return "profile"; }
  Task<Credentials> fetch() override;

  /// Whether the profile is there, with something about credentials in it. Blocks: for the start.
  [[nodiscard]] bool is_configured() const;

 private:
  struct Place {
    std::string name;
    std::string credentials_path;  // "": no home
    std::string config_path;
  };
  static std::optional<Profile> load(const Place& place);

  Place place_;
  BlockingPool& files_;
};

}  // namespace longshore::aws
