#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"

namespace longshore::cli {

// What the command line asks for. Parsed once; no other file looks at arguments or at the environment.

struct PutOptions {
  std::vector<std::string> sources;  // files, folders, "-"
  std::string connector = "cli";
  std::optional<std::string> name;
  std::string path;
  std::optional<std::int64_t> part_bytes;
  std::int64_t parallel = 4;
};

struct StatusOptions {
  std::string upload_id;
  bool watch = false;
};

struct ListOptions {
  std::string connector;  // "": all
  std::string path;
  bool uploads = false;  // open uploads instead of what is stored
};

struct CancelOptions {
  std::string upload_id;
};

struct GetOptions {
  std::string node_id;
  std::string output;  // "": the standard output, unless that is a terminal; "-": the standard output
};

struct RemoveOptions {
  std::string node_id;
  bool purge = false;
};

struct CompletionOptions {
  std::string shell;  // bash, zsh, fish
};

using Command = std::variant<PutOptions, StatusOptions, ListOptions, CancelOptions, GetOptions, RemoveOptions,
                             CompletionOptions>;

struct Options {
  std::string server = "http://127.0.0.1:7070";
  std::string token;
  bool json = false;
  std::optional<Millis> retry_for;  // nullopt: as long as the command deems right
  Command command;
};

/// The program is to end at once: help, version, or a usage error.
struct EarlyExit {
  int code = 0;
  std::string out;  // for the standard output
  std::string err;  // for the standard error
};

/// Reads `arguments` (without the program's name) and LONGSHORE_SERVER. `token` is what LONGSHORE_TOKEN
/// holds.
std::variant<Options, EarlyExit> parse_options(const std::vector<std::string>& arguments, std::string token,
                                               const std::string& version);

}  // namespace longshore::cli
