#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "apps/longshored/config_load.h"

namespace longshore::server {

enum class Verb {
  serve,
  check_config,
  print_config,
  print_reference,
  sweep,
  outbox_list,
  outbox_skip,
  topics_setup,
  doctor
};

/// What the command line asks for.
struct Options {
  CommandLine config;
  Verb verb = Verb::serve;
  std::string event_id;  // of outbox_skip
};

// Exit codes of the program.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;  // a wrong command line or configuration

/// The command line, or the exit code if it was answered already: help and version on `out`, a wrong one on
/// `err`.
struct ParsedOptions {
  std::optional<Options> options;
  int exit_code = kExitDone;
};
ParsedOptions parse_options(const std::vector<std::string>& arguments, const std::string& version,
                            std::ostream& out, std::ostream& err);

}  // namespace longshore::server
