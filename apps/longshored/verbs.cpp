#include "apps/longshored/verbs.h"

#include <filesystem>
#include <optional>
#include <ostream>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "apps/longshored/adapters.h"
#include "apps/longshored/doctor.h"
#include "apps/longshored/run.h"
#include "domain/error.h"
#include "kafka/topics.h"
#include "sqlite/data_folder.h"

namespace longshore::server {
namespace {

constexpr int kRowsAtOnce = 100;
constexpr int kOutboxRowsShown = 1000;

bool is_there(const Config& config) {
  std::error_code error;
  return std::filesystem::is_directory(config.data_dir, error);
}

/// The folder for one verb; a mistyped --data-dir must not make a new one.
void require_folder(const Config& config) {
  if (is_there(config)) return;
  throw Error(Reason::internal, fmt::format("there is no data folder {}: name the server's with --data-dir",
                                            config.data_dir.string()));
}

int doctor(const Config& config, std::ostream& out) {
  std::optional<sqlite::DataFolder> folder;
  if (is_there(config)) folder.emplace(config.data_dir.string());
  return print_findings(examine(config), out) ? kExitDone : kExitFailed;
}

/// All that is due: what one look makes due at once is looked at again.
Task<int> sweep_all(Coordinator& coordinator) {
  int looked_at = 0;
  while (const int rows = co_await coordinator.sweep(kRowsAtOnce)) looked_at += rows;
  co_return looked_at;
}

Task<int> publish_all(Coordinator& coordinator, const std::string& drainer) {
  int published = 0;
  while (const int rows = co_await coordinator.drain_outbox(drainer, kRowsAtOnce)) published += rows;
  co_return published;
}

struct Swept {
  int looked_at = 0;
  int published = 0;
};

/// On one loop, with which its connections end.
Task<Swept> sweep_and_publish(Adapters& adapters, Coordinator& coordinator) {
  Swept swept;
  swept.looked_at = co_await sweep_all(coordinator);
  swept.published = co_await publish_all(coordinator, adapters.drainer());
  co_await adapters.close();
  co_return swept;
}

int sweep(const Config& config, const Log& log, std::ostream& out) {
  Metrics metrics;
  Adapters adapters(config, metrics, log);
  run_to_end(adapters.end_predecessor());
  Coordinator coordinator(adapters.ports(), adapters.drives(), config.policy, report_to(log));
  const Swept swept = run_to_end(sweep_and_publish(adapters, coordinator));
  out << fmt::format("swept: {} looked at, {} events published\n", swept.looked_at, swept.published);
  return kExitDone;
}

int list_outbox(Catalog& catalog, std::ostream& out) {
  const OutboxState state = run_to_end(catalog.outbox_state());
  if (state.waiting == 0) {
    out << "no events wait\n";
    return kExitDone;
  }
  out << "EVENT ID          SINCE                 TRIES  NODE, SEQUENCE, TOPIC\n";
  for (const OutboxRow& row : run_to_end(catalog.peek_outbox(kOutboxRowsShown))) {
    out << fmt::format("{}  {:%Y-%m-%dT%H:%M:%S}Z  {:5}  {} {} {}\n", row.event_id,
                       std::chrono::floor<std::chrono::seconds>(row.timestamp), row.tries,
                       row.event.node.str(), row.sequence, topic_of(row.event.type));
  }
  if (state.waiting > kOutboxRowsShown) out << fmt::format("and {} more\n", state.waiting - kOutboxRowsShown);
  return kExitDone;
}

int skip_event(Catalog& catalog, const std::string& event_id, const Log& log, std::ostream& out) {
  const std::optional<OutboxRow> row = run_to_end(catalog.skip_outbox(event_id));
  if (!row)
    throw Error(Reason::not_found,
                "no waiting event has the id " + event_id + "; longshored outbox lists them");
  log.warn("event skipped by an operator", {{"event_id", row->event_id},
                                            {"node", row->event.node.str()},
                                            {"sequence", row->sequence},
                                            {"topic", topic_of(row->event.type)},
                                            {"tries", row->tries}});
  out << fmt::format("skipped: {} {} of {}\n", row->event_id, topic_of(row->event.type),
                     row->event.node.str());
  return kExitDone;
}

int set_up_topics(const Config& config, std::ostream& out) {
  if (config.events != EventsKind::kafka)
    throw Error(Reason::internal, "events.kind is not kafka: there are no topics to set up");
  const std::vector<std::string> made = kafka::create_topics(config.kafka, event_kafka::topics());
  for (const std::string& topic : made) out << fmt::format("made: {}\n", topic);
  if (made.empty()) out << "all topics are there\n";
  return kExitDone;
}

}  // namespace

int run_verb(const Options& options, const Config& config, const Log& log, std::ostream& out) {
  if (options.verb == Verb::doctor) return doctor(config, out);
  if (options.verb == Verb::topics_setup) return set_up_topics(config, out);
  require_folder(config);
  const sqlite::DataFolder folder(config.data_dir.string());
  if (options.verb == Verb::sweep) return sweep(config, log, out);
  const SystemClock clock;
  AsioTimers timers;
  SystemRandom random;
  CatalogStore store(config, clock, timers, random, log);
  if (options.verb == Verb::outbox_skip) return skip_event(store.catalog(), options.event_id, log, out);
  return list_outbox(store.catalog(), out);
}

}  // namespace longshore::server
