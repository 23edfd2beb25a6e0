#include "apps/longshored/config_source.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <numeric>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include "apps/longshored/not_yet.h"

namespace longshore::server {
namespace {

constexpr std::string_view kDrives = "drives";
constexpr std::string_view kStore = "store";
constexpr std::size_t kConfigBytesMax = std::size_t{1} << 20;  // a larger file is not a configuration

bool is_or_lies_in(std::string_view key, std::string_view section) {
  return key.starts_with(section) &&
         (key.size() == section.size() || key[section.size()] == '.' || key[section.size()] == '=');
}

/// "drives.cold.parts_max" -> {"cold", "parts_max"}; "store.parts_max" -> {"default", "parts_max"}; else
/// nothing.
std::optional<std::pair<std::string, std::string>> split_drive_key(std::string_view full_key) {
  if (full_key.starts_with("store."))
    return std::pair{std::string(kDefaultDrive), std::string(full_key.substr(6))};
  if (!full_key.starts_with("drives.")) return std::nullopt;
  full_key.remove_prefix(kDrives.size() + 1);
  const std::size_t dot = full_key.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  return std::pair{std::string(full_key.substr(0, dot)), std::string(full_key.substr(dot + 1))};
}

/// All sections of the table, without those of named drives.
const std::set<std::string, std::less<>>& sections() {
  static const std::set<std::string, std::less<>> all = [] {
    std::set<std::string, std::less<>> names{std::string(kStore), std::string(kDrives)};
    for (const ServerKey& key : server_keys()) names.emplace(key.name.substr(0, key.name.find('.')));
    for (const DriveKey& key : drive_keys()) {
      const std::size_t dot = key.name.find('.');
      if (dot != std::string_view::npos) names.insert(fmt::format("{}.{}", kStore, key.name.substr(0, dot)));
    }
    return names;
  }();
  return all;
}

/// Of any drive's section or key, the default drive's.
std::string as_store(std::string_view full_key) {
  const auto drive = split_drive_key(full_key);
  return drive ? fmt::format("{}.{}", kStore, drive->second) : std::string(full_key);
}

bool is_drive_section(std::string_view section) {
  return section.starts_with("drives.") && section.find('.', kDrives.size() + 1) == std::string_view::npos;
}

bool is_section(std::string_view section) {
  return sections().contains(as_store(section)) || is_drive_section(section);
}

/// Edits (insert, remove, replace) that make one word of the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = std::exchange(row[j + 1], std::min({replaced, row[j] + 1, row[j + 1] + 1}));
    }
  }
  return row.back();
}

/// What somebody who wrote an unknown key may have meant: the nearest name, else all keys of its section.
std::string advice_for(std::string_view full_key) {
  const std::string key = as_store(full_key);
  const std::string section = key.substr(0, key.rfind('.'));
  std::vector<std::string> known;
  for (const ServerKey& row : server_keys()) known.emplace_back(row.name);
  for (const DriveKey& row : drive_keys()) known.push_back(fmt::format("{}.{}", kStore, row.name));

  const auto nearest = std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
    return distance(a, key) < distance(b, key);
  });
  constexpr std::size_t kTypoEditsMax = 3;
  if (distance(*nearest, key) <= kTypoEditsMax) return fmt::format("did you mean {}?", *nearest);
  std::erase_if(known, [&](const std::string& name) { return name.substr(0, name.rfind('.')) != section; });
  if (known.empty()) return fmt::format("there are [{}]", fmt::join(sections(), "], ["));
  for (std::string& name : known) name.erase(0, section.size() + 1);
  return fmt::format("[{}] has {}", full_key.substr(0, full_key.rfind('.')), fmt::join(known, ", "));
}

class FileReader {
 public:
  FileReader(std::string file, Settings& settings, std::vector<std::string>& problems)
      : file_(std::move(file)), settings_(settings), problems_(problems) {}

  /// The keys of a table; `section` is "" at the top.
  void read_table(const toml::table& table, const std::string& section) {
    for (const auto& [name, node] : table) {
      const std::string key = section.empty() ? std::string(name.str())
                                              : fmt::format("{}.{}", section, name.str());
      const std::uint32_t line = name.source().begin.line;
      if (const auto later = said_for_later(key)) {
        problem(line, fmt::format("{}: {}", key, *later));
      } else if (is_drive_section(key) && !is_usable_drive_name(name.str())) {
        problem(line, fmt::format(
                          "[{}]: a drive's name is 1 to 32 of a-z and 0-9; the one called default is [store]",
                          key));
      } else if (is_section(key)) {
        if (const toml::table* inner = node.as_table())
          read_table(*inner, key);
        else
          problem(line, fmt::format("{} is a section: write [{}]", key, key));
      } else {
        read_leaf(key, node, line);
      }
    }
  }

 private:
  static bool is_usable_drive_name(std::string_view name) {
    return is_drive_name(name) && name != kDefaultDrive;
  }

  void read_leaf(const std::string& key, const toml::node& node, std::uint32_t line) {
    const KeyMatch match = find_key(key);
    if (match.server == nullptr && match.drive == nullptr) {
      const bool section = node.is_table() && key.find('.') == std::string::npos;
      problem(line, section ? fmt::format("[{}] is no section: {}", key, advice_for(key))
                            : fmt::format("{} is no key: {}", key, advice_for(key)));
      return;
    }
    const ValueRule& rule = match.server != nullptr ? match.server->rule : match.drive->rule;
    if (auto text = text_of(rule, node))
      settings_[key] = Setting{key, *std::move(text), {file_, line}};
    else
      problem(line, fmt::format("{}: {}", key, right_type(rule)));
  }

  /// NAME=TEXT a line. A dot in a name may stand for a table in the table: "a.b" and a.b are the same.
  static std::optional<std::string> lines_of(const toml::node& node) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return std::nullopt;
    std::string lines;
    for (const auto& [name, value] : *table) {
      if (const auto text = value.value_exact<std::string>()) {
        if (text->find('\n') != std::string::npos) return std::nullopt;
        lines += fmt::format("{}={}\n", name.str(), *text);
        continue;
      }
      const auto inner = lines_of(value);
      if (!inner) return std::nullopt;
      std::istringstream inner_lines(*inner);
      for (std::string line; std::getline(inner_lines, line);)
        lines += fmt::format("{}.{}\n", name.str(), line);
    }
    return lines;
  }

  /// The value as text, if it has the TOML type of its kind.
  static std::optional<std::string> text_of(const ValueRule& rule, const toml::node& node) {
    if (rule.kind == ValueKind::count) {
      if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
      return std::nullopt;
    }
    if (rule.kind == ValueKind::yes_no) {
      if (const auto yes = node.value_exact<bool>()) return *yes ? "true" : "false";
      return std::nullopt;
    }
    if (rule.kind == ValueKind::table || rule.kind == ValueKind::secret_table) return lines_of(node);
    if (rule.kind != ValueKind::list) return node.value_exact<std::string>();
    const toml::array* array = node.as_array();
    if (array == nullptr) return std::nullopt;
    std::vector<std::string> words;
    for (const toml::node& element : *array) {
      const auto word = element.value_exact<std::string>();
      if (!word || word->find(',') != std::string::npos) return std::nullopt;
      words.push_back(*word);
    }
    return fmt::format("{}", fmt::join(words, ","));
  }

  static std::string right_type(const ValueRule& rule) {
    switch (rule.kind) {
      case ValueKind::count:
        return fmt::format("write a whole number without quotes, such as {}", rule.preset);
      case ValueKind::yes_no:
        return "write true or false, without quotes";
      case ValueKind::list:
        return "write a list of texts, such as [\"192.0.2.1\", \"192.0.2.2\"]";
      case ValueKind::table:
      case ValueKind::secret_table:
        return "write a table of texts of one line each, such as { \"linger.ms\" = \"5\" }";
      default:
        return fmt::format("write a text in quotes, such as \"{}\"", rule.preset);
    }
  }

  void problem(std::uint32_t line, const std::string& what) {
    problems_.push_back(fmt::format("{}:{}: {}", file_, line, what));
  }

  std::string file_;
  Settings& settings_;
  std::vector<std::string>& problems_;
};

std::optional<std::string> read_text(const std::filesystem::path& file, std::string& why) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream || std::filesystem::is_directory(file)) {
    why = "cannot be read";
    return std::nullopt;
  }
  std::string text(kConfigBytesMax + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() <= kConfigBytesMax) return text;
  why = "is larger than 1 MiB";
  return std::nullopt;
}

/// Every name that a variable may have, with the full key that it stands for; of named drives "" (they are
/// endless).
std::optional<std::string> key_of_variable(const std::string& variable) {
  for (const ServerKey& key : server_keys()) {
    if (environment_name(key.name) == variable) return std::string(key.name);
  }
  for (const DriveKey& key : drive_keys()) {
    const std::string tail = environment_name(key.name).substr(
        std::string_view("LONGSHORE").size());  // "_PARTS_MAX"
    if (variable == "LONGSHORE_STORE" + tail) return fmt::format("{}.{}", kStore, key.name);
    const std::string_view head = "LONGSHORE_DRIVES_";
    if (!variable.starts_with(head) || !variable.ends_with(tail) ||
        variable.size() <= head.size() + tail.size())
      continue;
    std::string name = variable.substr(head.size(), variable.size() - head.size() - tail.size());
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (is_drive_name(name) && name != kDefaultDrive) return fmt::format("{}.{}.{}", kDrives, name, key.name);
  }
  return std::nullopt;
}

/// Why a variable that is no key of the table is refused; nullopt: it is none of ours.
std::optional<std::string> refusal_of_variable(const std::string& variable) {
  const std::string with_end = variable + "_";
  for (const NotYet& later : settings_not_yet()) {
    if (with_end.starts_with(environment_name(later.name) + "_")) return says(later);
  }
  for (const std::string& section : sections()) {
    if (with_end.starts_with(environment_name(section) + "_")) {
      return "there is no such key; docs/configuration.md names them all";
    }
  }
  return std::nullopt;
}

}  // namespace

KeyMatch find_key(std::string_view full_key) {
  for (const ServerKey& key : server_keys()) {
    if (key.name == full_key) return {.server = &key};
  }
  const auto drive = split_drive_key(full_key);
  if (!drive) return {};
  for (const DriveKey& key : drive_keys()) {
    if (key.name == drive->second) return {.drive = &key, .drive_name = drive->first};
  }
  return {};
}

std::optional<std::string> said_for_later(std::string_view full_key) {
  const std::string key = as_store(full_key);
  for (const NotYet& later : settings_not_yet()) {
    if (is_or_lies_in(key, later.name)) return says(later);
  }
  return std::nullopt;
}

void read_file(const std::filesystem::path& file, Settings& settings, std::vector<std::string>& problems) {
  std::string why;
  const auto text = read_text(file, why);
  if (!text) {
    problems.push_back(fmt::format("{}: {}; give --config a TOML file", file.string(), why));
    return;
  }
  try {
    const toml::table table = toml::parse(std::string_view(*text), file.string());
    FileReader(file.string(), settings, problems).read_table(table, "");
  } catch (const toml::parse_error& error) {
    problems.push_back(
        fmt::format("{}:{}: not TOML: {}", file.string(), error.source().begin.line, error.description()));
  }
}

void read_environment(const Environment& environment, Settings& settings,
                      std::vector<std::string>& problems) {
  const Origin origin{"environment"};
  for (const auto& [variable, text] : environment) {
    if (!variable.starts_with("LONGSHORE_") || variable == kDataDirVariable) continue;
    if (const auto key = key_of_variable(variable)) {
      settings[*key] = Setting{variable, text, origin};
    } else if (const auto why = refusal_of_variable(variable)) {
      problems.push_back(fmt::format("{}{}: {}", origin.prefix(), variable, *why));
    }
  }
}

}  // namespace longshore::server
