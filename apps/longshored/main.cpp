#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

#include "apps/longshored/adapters.h"
#include "apps/longshored/background.h"
#include "apps/longshored/config_load.h"
#include "apps/longshored/config_print.h"
#include "apps/longshored/fronts.h"
#include "apps/longshored/loops.h"
#include "apps/longshored/options.h"
#include "apps/longshored/predecessor.h"
#include "apps/longshored/process.h"
#include "apps/longshored/run.h"
#include "apps/longshored/shutdown.h"
#include "apps/longshored/verbs.h"
#include "apps/longshored/work_folders.h"
#include "net/gate.h"

namespace longshore::server {
namespace {

/// The server, from its configuration to its end: everything that is made here is handed on as a value or a
/// reference, and lives until the last loop has stopped.
int serve(const Config& config, const Log& log) {
  AsioTimers timers;
  const sqlite::DataFolder folder = take_over(config, timers, log);
  Loops loops(std::thread::hardware_concurrency());  // outlive the adapters, whose threads post to them
  Metrics metrics;
  Adapters adapters(config, metrics, log);
  run_to_end(adapters.end_predecessor());

  Coordinator coordinator(adapters.ports(), adapters.drives(), config.policy, report_to(log));
  const std::string& drainer = adapters.drainer();
  Background background({.sweep = [&](int limit) { return coordinator.sweep(limit); },
                         .sweep_interval = config.sweep_interval,
                         .drain_outbox = [&](int limit) { return coordinator.drain_outbox(drainer, limit); },
                         .refresh_gauges = [&] { return adapters.refresh_gauges(); },
                         .trim_memory = [&] { adapters.buffers().trim(); },
                         .fresh_events = adapters.catalog_store().fresh_events()},
                        adapters.timers(), adapters.random(), metrics, log);

  Fronts fronts({.coordinator = coordinator,
                 .buffers = adapters.buffers(),
                 .timers = adapters.timers(),
                 .clock = adapters.clock(),
                 .random = adapters.random(),
                 .metrics = metrics,
                 .log = log,
                 .readiness = [&] { return adapters.missing(); }},
                config);
  fronts.listen(loops, config, log);
  background.start(loops.first().get_executor());

  Gate gate;
  gate.spawn(loops.first().get_executor(), adapters.look_at_buckets(),
             [&log](const std::exception_ptr&) { log.error("the buckets could not be looked at"); });
  gate.spawn(loops.first().get_executor(),
             shut_down_on_signal(
                 {fronts, background, adapters, loops, adapters.timers(), config.limits.drain_timeout}, log),
             [&log](const std::exception_ptr&) {
               log.error("the drain failed: ending as after a crash");
               std::_Exit(kExitFailed);
             });
  loops.run();
  return kExitDone;
}

int run(const Options& options) {
  if (options.verb == Verb::print_reference) {
    std::cout << configuration_reference();
    return kExitDone;
  }
  Environment environment;
  for (char** variable = ::environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos)
      environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  const LoadedConfig loaded = load_config(options.config, environment);
  const SystemClock clock;
  const Log log = Log::to_stderr(loaded.config.log.format, loaded.config.log.level, clock);
  switch (options.verb) {
    case Verb::serve:
      return serve(loaded.config, log);
    case Verb::check_config:
      for (const WorkFolder& folder : work_folders(loaded.config)) std::cout << describe(folder) << '\n';
      std::cout << "the configuration is right\n";
      return kExitDone;
    case Verb::print_config:
      std::cout << print_config(loaded);
      return kExitDone;
    default:
      return run_verb(options, loaded.config, log, std::cout);
  }
}

}  // namespace
}  // namespace longshore::server

int main(int argc, char** argv) {
  namespace server = longshore::server;
  server::prepare_process();
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const server::ParsedOptions parsed = server::parse_options(arguments, LONGSHORE_VERSION, std::cout,
                                                             std::cerr);
  if (!parsed.options) return parsed.exit_code;
  try {
    return server::run(*parsed.options);
  } catch (const server::ConfigError& error) {
    for (const std::string& problem : error.problems()) std::cerr << "longshored: " << problem << '\n';
    return server::kExitUsage;
  } catch (const std::exception& error) {
    std::cerr << "longshored: " << error.what() << '\n';
    return server::kExitFailed;
  }
}
