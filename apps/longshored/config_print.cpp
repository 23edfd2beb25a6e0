#include "apps/longshored/config_print.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/longshored/config_table.h"
#include "apps/longshored/config_value.h"

namespace longshore::server {
namespace {

std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + '"';
}

std::string toml_table(const ValueRule& rule, const std::string& text) {
  std::string why;
  std::vector<std::string> entries;
  for (const auto& [name, value] : value_of(rule, text, why).value_or(Value{}).table)
    entries.push_back(fmt::format("{} = {}", toml_text(name), toml_text(value)));
  return entries.empty() ? "{}" : fmt::format("{{ {} }}", fmt::join(entries, ", "));
}

/// `text` as the TOML value of a key of this rule.
std::string toml_value(const ValueRule& rule, const std::string& text) {
  if (rule.kind == ValueKind::count || rule.kind == ValueKind::yes_no) return text;
  if (rule.kind == ValueKind::table || rule.kind == ValueKind::secret_table) return toml_table(rule, text);
  if (rule.kind != ValueKind::list) return toml_text(text);
  std::vector<std::string> words = split_list(text);
  for (std::string& word : words) word = toml_text(word);
  return fmt::format("[{}]", fmt::join(words, ", "));
}

std::string origin_comment(const Setting* setting) {
  if (setting == nullptr) return "default";
  if (setting->origin.line != 0) return fmt::format("{}:{}", setting->origin.place, setting->origin.line);
  return fmt::format("{} {}", setting->origin.place, setting->name);
}

std::string section_part(std::string_view full_key) {
  return std::string(full_key.substr(0, full_key.rfind('.')));
}
std::string name_part(std::string_view full_key) {
  return std::string(full_key.substr(full_key.rfind('.') + 1));
}

class Printer {
 public:
  explicit Printer(const Settings& settings) : settings_(settings) {}

  void key(const std::string& full_key, const ValueRule& rule) {
    if (const std::string section = section_part(full_key); section != section_) {
      out_ += fmt::format("\n[{}]\n", section);
      section_ = section;
    }
    const auto found = settings_.find(full_key);
    const Setting* setting = found == settings_.end() ? nullptr : &found->second;
    const std::string text = setting != nullptr ? setting->text : std::string(rule.preset);
    if (is_secret(rule.kind) && !text.empty()) {
      out_ += fmt::format("# {} is not shown: {}\n", name_part(full_key), origin_comment(setting));
      return;
    }
    out_ += fmt::format("{} = {}  # {}\n", name_part(full_key), toml_value(rule, text),
                        origin_comment(setting));
  }

  /// A section's own keys first: in TOML those of [store.directory] would swallow what follows them.
  void drive(const DriveName& name) {
    for (const bool nested : {false, true}) {
      for (const DriveKey& row : drive_keys()) {
        const bool is_nested = row.name.find('.') != std::string_view::npos;
        if (is_nested == nested) key(fmt::format("{}.{}", section_of(name), row.name), row.rule);
      }
    }
  }

  std::string out() { return std::move(out_); }

 private:
  const Settings& settings_;
  std::string section_;
  std::string out_;
};

std::string shape_of(const ValueRule& rule) {
  switch (rule.kind) {
    case ValueKind::text:
      return "text";
    case ValueKind::secret:
      return "text, never shown";
    case ValueKind::table:
      return "table of texts";
    case ValueKind::secret_table:
      return "table of texts, never shown";
    case ValueKind::yes_no:
      return "`true` or `false`";
    case ValueKind::file:
      return "file";
    case ValueKind::folder:
      return "folder";
    case ValueKind::endpoint:
      return "HOST:PORT";
    case ValueKind::list:
      return "list of texts";
    case ValueKind::choice:
      return fmt::format("`{}`", fmt::join(rule.choices, "` or `"));
    case ValueKind::count:
      return fmt::format("number, {} to {}", rule.min, rule.max);
    case ValueKind::size:
      return "size";
    case ValueKind::duration:
      return "time";
  }
  return "";
}

std::string reference_row(std::string_view full_key, const ValueRule& rule, std::string_view meaning) {
  return fmt::format("| `{}` | {} | `{}` | {}<br>`{}` |\n", name_part(full_key), shape_of(rule),
                     toml_value(rule, std::string(rule.preset)), meaning, environment_name(full_key));
}

constexpr std::string_view kReferenceHead =
    R"(# Configuration

*This page is generated from the table of keys (`apps/longshored/config_table.cpp`) by
`longshored --print-config-reference`; a test compares the two.*

`longshored` needs no configuration: without any it listens on 127.0.0.1, ports 7070 (HTTP) and 7071 (gRPC), and keeps everything in
`./longshore-data`. What you want otherwise is written in a TOML file, named with `--config FILE`, or in the
environment. A variable wins over the file, an option of the command line over both.

- `longshored --check-config` says what is wrong, with file and line, and which folders are there and which a start
  makes; it opens nothing. Every start checks the same first. What only opening shows (a port that is taken, a damaged
  database, a bucket that is not there) a start or `longshored doctor` tells.
- `longshored --print-config` prints all keys with their values and where each comes from, as a file that
  `--config` takes.
- An unknown key or section is an error. So is a variable that begins with `LONGSHORE_`, a section and `_`, but
  names no key.
- Sizes are written with B, kB, MB, GB, TB (powers of 1000) or KiB, MiB, GiB, TiB (powers of 1024); times with ms,
  s, m, h, d. Both stand in quotes.
- A table is written as such in the file (`[events.options]`), and as lines `NAME=TEXT` in a variable.
- A relative file name starts at the folder in which `longshored` is started.
- The data folder is `--data-dir`, or else `LONGSHORE_DATA_DIR`, or else `./longshore-data`.
- `--insecure` alone lets it listen on an address that other machines reach: there is neither TLS nor
  authentication in this release.
)";

constexpr std::string_view kReferenceDrives =
    R"(
## [store] and [drives.NAME]

A drive is a named store with limits of its own. `[store]` is the one called `default`, which clients mean when they
name none; each `[drives.NAME]` is another one (NAME: 1 to 32 of a-z and 0-9) with the same keys and the same
defaults. Its variables begin with `LONGSHORE_DRIVES_NAME_`.

| key | value | default | meaning |
|---|---|---|---|
)";

}  // namespace

std::string print_config(const LoadedConfig& loaded) {
  Printer printer(loaded.settings);
  for (const ServerKey& key : server_keys()) printer.key(std::string(key.name), key.rule);
  for (const DriveConfig& drive : loaded.config.drives) printer.drive(drive.name);
  return fmt::format("# The configuration in use. Data folder: {} (--data-dir, {})\n{}",
                     loaded.config.data_dir.string(), kDataDirVariable, printer.out());
}

std::string configuration_reference() {
  std::string out(kReferenceHead);
  std::string section;
  for (const ServerKey& key : server_keys()) {
    if (section_part(key.name) != section) {
      section = section_part(key.name);
      out += fmt::format("\n## [{}]\n\n| key | value | default | meaning |\n|---|---|---|---|\n", section);
    }
    out += reference_row(key.name, key.rule, key.meaning);
  }
  out += kReferenceDrives;
  for (const DriveKey& key : drive_keys()) {
    const std::string row = reference_row(fmt::format("store.{}", key.name), key.rule, key.meaning);
    out += key.name.find('.') == std::string_view::npos
               ? row
               : fmt::format("| `{}{}", key.name, row.substr(row.find("` | ")));
  }
  return out;
}

}  // namespace longshore::server
