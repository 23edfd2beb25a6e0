#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apps/longshored/config.h"

/// The one table of configuration keys. Parsing, the names of environment variables, --print-config and
/// docs/configuration.md all follow from it.
namespace longshore::server {

enum class ValueKind {
  text,          // any string
  choice,        // one of the words in `choices`
  count,         // a TOML integer
  size,          // a string with a unit: "256MiB"
  duration,      // a string with a unit: "10s"
  endpoint,      // "HOST:PORT", HOST a numeric address or "localhost"; "" where the preset is ""
  file,          // a file's name; relative ones start at the folder in which longshored is started
  folder,        // likewise, a folder's
  list,          // an array of strings; in the environment, separated by commas
  yes_no,        // a TOML boolean
  secret,        // a string that is never printed
  table,         // names and texts; in the environment, NAME=TEXT a line
  secret_table,  // likewise, never printed
};

/// A value that has passed the check of its kind (config_value.h).
struct Value {
  std::string text;
  std::int64_t number = 0;        // count: itself; size: bytes; duration: milliseconds; choice: its place in
                                  // `choices`; yes_no: 1 or 0
  std::vector<std::string> list;  // list
  std::map<std::string, std::string> table;  // table, secret_table
  Endpoint endpoint;                         // endpoint
};

/// What a value must look like, whatever its key is called.
struct ValueRule {
  ValueKind kind;
  std::string_view preset;  // the default as text: "10s"
  std::int64_t min = 0;     // of count, size, duration
  std::int64_t max = 0;
  std::vector<std::string_view> choices = {};  // of choice
};

/// Whether values of this kind are never shown.
constexpr bool is_secret(ValueKind kind) {
  return kind == ValueKind::secret || kind == ValueKind::secret_table;
}

/// One key. `set` stores a checked value, and throws Error(invalid_request) if only the target can judge it.
template <class Target>
struct Key {
  std::string_view name;  // "limits.idle_timeout"; of a drive without its section: "directory.path"
  ValueRule rule;
  std::string_view meaning;
  void (*set)(Target&, const Value&);
};

using ServerKey = Key<Config>;
using DriveKey = Key<DriveConfig>;

const std::vector<ServerKey>& server_keys();
const std::vector<DriveKey>& drive_keys();  // of [store] and of each [drives.NAME]

/// The section of a drive: "store" for the default one, else "drives.NAME".
std::string section_of(const DriveName& name);
inline constexpr std::string_view kDefaultDrive = "default";

/// "limits.idle_timeout" -> "LONGSHORE_LIMITS_IDLE_TIMEOUT".
std::string environment_name(std::string_view full_key);

}  // namespace longshore::server
