#include "apps/longshored/options.h"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/longshored/config_source.h"
#include "apps/longshored/not_yet.h"

namespace longshore::server {
namespace {

constexpr const char* kFooter = R"(
Examples:
  longshored                                       on 127.0.0.1:7070 (HTTP) and 7071 (gRPC), data in ./longshore-data
  longshored --config /etc/longshored.toml         as a file says (docs/configuration.md)
  longshored --check-config --config FILE          what is wrong with it; opens nothing
  longshored doctor                                looks over data folder, clock and limits
  longshored outbox                                events that wait for their sink

Exit status: 0 done, 1 failed, 2 wrong command line or configuration. SIGTERM or SIGINT drains, a second one ends at once.
The verbs work on the data folder itself, which belongs to one process: stop the server first.)";

/// Flags and verbs as CLI11 fills them.
struct Parsed {
  Options options;
  bool check_config = false;
  bool print_config = false;
  bool print_reference = false;
};

void add_options(CLI::App& app, Parsed& parsed, const std::string& version) {
  CommandLine& config = parsed.options.config;
  app.add_option("--config", config.config_file, "Configuration, a TOML file")->type_name("FILE");
  app.add_option("--http", config.http, "Where to listen; wins over http.listen")->type_name("HOST:PORT");
  app.add_option("--grpc", config.grpc, "The same for gRPC; wins over grpc.listen")->type_name("HOST:PORT");
  app.add_option("--data-dir", config.data_dir, "Where everything is kept")
      ->type_name("DIR")
      ->default_str(kDataDirPreset);
  app.add_flag("--insecure", config.insecure, "Allow an address that other machines reach");
  app.add_flag("--check-config", parsed.check_config, "Say what is wrong with the configuration and exit");
  app.add_flag("--print-config", parsed.print_config, "Print the configuration in use and exit");
  app.add_flag("--print-config-reference", parsed.print_reference, "Print docs/configuration.md and exit")
      ->group("");
  app.set_version_flag("--version", "longshored " + version, "Print the version and exit");
}

void add_verbs(CLI::App& app, Options& options) {
  app.fallthrough();  // options may also follow the verb
  app.require_subcommand(0, 1);
  app.add_subcommand("sweep", "Do now what is due: expiry, debts, events; then exit")->callback([&options] {
    options.verb = Verb::sweep;
  });
  CLI::App* outbox = app.add_subcommand("outbox", "List the events that are not published yet");
  outbox->require_subcommand(0, 1);
  CLI::App* skip = outbox->add_subcommand("skip", "Drop one of them for good");
  skip->add_option("ID", options.event_id, "Its event id")->required();
  outbox->callback(
      [&options, skip] { options.verb = skip->parsed() ? Verb::outbox_skip : Verb::outbox_list; });
  CLI::App* topics = app.add_subcommand("topics", "What events need in Kafka");
  topics->require_subcommand(1);
  topics->add_subcommand("setup", "Make the topics that are missing")->callback([&options] {
    options.verb = Verb::topics_setup;
  });
  app.add_subcommand("doctor", "Check the surroundings and say what to do")->callback([&options] {
    options.verb = Verb::doctor;
  });
}

/// What to say of arguments that nobody knows.
std::string refusal_of(const std::vector<std::string>& unknown) {
  const std::string& first = unknown.front();
  for (const NotYet& later : verbs_not_yet()) {
    if (first == later.name) return fmt::format("{}: {}", first, says(later));
  }
  if (first.starts_with("--")) {
    if (const auto later = said_for_later(first.substr(2))) return fmt::format("{}: {}", first, *later);
  }
  return fmt::format("unknown argument{}: {}", unknown.size() == 1 ? "" : "s", fmt::join(unknown, " "));
}

}  // namespace

ParsedOptions parse_options(const std::vector<std::string>& arguments, const std::string& version,
                            std::ostream& out, std::ostream& err) {
  CLI::App app("Longshore's server: takes uploads in parts and makes one object of each.", "longshored");
  Parsed parsed;
  add_options(app, parsed, version);
  add_verbs(app, parsed.options);
  app.footer(kFooter);

  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::Success& answered) {
    app.exit(answered, out, err);
    return {};
  } catch (const CLI::ParseError& error) {
    const std::vector<std::string> unknown = app.remaining(true);
    err << "longshored: " << (unknown.empty() ? error.what() : refusal_of(unknown))
        << "\nlongshored --help says how to call it\n";
    return {.exit_code = kExitUsage};
  }

  Options& options = parsed.options;
  const bool flagged = parsed.check_config || parsed.print_config || parsed.print_reference;
  if (flagged && options.verb != Verb::serve) {
    err << "longshored: --check-config and --print-config stand without a verb\n";
    return {.exit_code = kExitUsage};
  }
  if (parsed.check_config) options.verb = Verb::check_config;
  if (parsed.print_config) options.verb = Verb::print_config;
  if (parsed.print_reference) options.verb = Verb::print_reference;
  return {.options = std::move(options)};
}

}  // namespace longshore::server
