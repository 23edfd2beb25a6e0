#include "apps/longshored/doctor.h"

#include <chrono>
#include <filesystem>
#include <ostream>
#include <sys/timex.h>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pqxx/except>

#include "apps/longshored/bucket_check.h"
#include "apps/longshored/process.h"
#include "apps/longshored/work_folders.h"
#include "base/units.h"
#include "catalog/sqlite/catalog_schema.h"
#include "domain/error.h"
#include "kafka/topics.h"
#include "postgres/connection.h"
#include "postgres/failure.h"
#include "sqlite/database.h"
#include "state/sqlite/session_schema.h"

namespace longshore::server {
namespace {

namespace fs = std::filesystem;
using Grade = Finding::Grade;

// Below these a disk is about to stop uploads: what a day of a busy server may bring, and the smallest room
// for one part.
constexpr std::int64_t kFreeBytesFew = 10 * GiB;
constexpr std::int64_t kFreeBytesTooFew = 512 * MiB;

/// Room for what is to come, in the folder or where it would be made. `if_missing`: advice where it is not
/// there, "" if nothing is wrong with that.
Finding room_in(const WorkFolder& folder, const std::string& if_missing) {
  const std::string name = describe(folder);
  fs::path there = folder.path;
  std::error_code error;
  while (!fs::exists(there, error) && there.has_relative_path()) there = there.parent_path();
  const fs::space_info space = fs::space(there, error);
  if (error)
    return {Grade::bad, fmt::format("{}: {}", name, error.message()),
            "make the folder readable for this user"};
  const auto free = static_cast<std::int64_t>(space.available);
  const std::string what = fmt::format("{}, {} free", name, format_size(free));
  if (free < kFreeBytesTooFew) return {Grade::bad, what, "free some space: uploads will fail"};
  if (!folder.is_there && !if_missing.empty()) return {Grade::worth_a_look, what, if_missing};
  if (free < kFreeBytesFew) return {Grade::worth_a_look, what, "free some space soon"};
  return {Grade::good, what, ""};
}

/// A start makes what is not there: after a wrong name, or without its disk, a server would begin with
/// nothing.
std::vector<Finding> folders(const Config& config) {
  std::error_code error;
  const bool ran_before = fs::exists(config.catalog_db(), error);
  std::vector<Finding> findings;
  for (const WorkFolder& folder : work_folders(config)) {
    const bool is_data_folder = findings.empty();
    findings.push_back(
        room_in(folder, is_data_folder ? "if this server ran before, name its folder with --data-dir"
                        : ran_before   ? "if it held objects, bring it back before the next start"
                                       : ""));
  }
  return findings;
}

std::string quick_check(sqlite::Database& database) {
  sqlite::Statement check = database.query("PRAGMA quick_check(1)");
  return check.step() ? check.get<std::string>(0) : "no answer";
}

std::int64_t version_of(sqlite::Database& database) {
  sqlite::Statement version = database.query("PRAGMA user_version");
  return version.step() ? version.get<std::int64_t>(0) : 0;
}

Finding database_at(const fs::path& file, const sqlite::Schema& schema, const char* if_damaged) {
  const std::string name = fmt::format("{} ({})", file.filename().string(), schema.name);
  if (std::error_code error; !fs::exists(file, error)) return {Grade::good, name + ": not there yet", ""};
  try {
    sqlite::Database database({.path = file.string(), .read_only = true});
    const std::int64_t version = version_of(database);
    const std::int64_t newest = std::ssize(schema.steps);
    if (version > newest) {
      return {Grade::bad, fmt::format("{}: version {}, but this release knows {}", name, version, newest),
              "start the newer release that made it, or restore a backup from before"};
    }
    if (const std::string state = quick_check(database); state != "ok")
      return {Grade::bad, name + ": " + state, if_damaged};
    if (version < newest) {
      return {Grade::good,
              fmt::format("{}: version {}; the next start takes it to {}", name, version, newest), ""};
    }
    return {Grade::good, fmt::format("{}: version {}, sound", name, version), ""};
  } catch (const Error& error) {
    return {Grade::bad, fmt::format("{}: {}", name, error.message()), if_damaged};
  }
}

/// Changes nothing there.
Finding server_of(const postgres::Options& options) {
  const std::string name = "PostgreSQL (the catalog)";
  try {
    postgres::Watchdog watchdog;
    const auto deadline = std::chrono::steady_clock::now() + options.timeout;
    postgres::Connection(options, watchdog, deadline);
    return {Grade::good, name + ": takes writes", ""};
  } catch (const pqxx::failure& error) {
    return {Grade::bad, fmt::format("{}: {}", name, postgres::judge(error).message),
            "see catalog.url, and what libpq says of it"};
  }
}

/// Changes nothing there. Events wait in the catalog meanwhile.
Finding topics_of(const kafka::Options& options) {
  const std::string name = "Kafka (events)";
  try {
    const std::vector<std::string> missing = kafka::missing_topics(options, event_kafka::topics());
    if (missing.empty()) return {Grade::good, name + ": has all topics", ""};
    return {Grade::bad, fmt::format("{}: no topic {}", name, fmt::join(missing, ", ")),
            "longshored topics setup makes them; or this user may not see them"};
  } catch (const Error& error) {
    return {Grade::bad, fmt::format("{}: {}", name, error.message()),
            "see events.brokers and events.options, and what librdkafka says of them"};
  }
}

/// Leases and time limits compare times of this machine, and so does whoever reads the events.
Finding clock() {
  timex state{};
  if (::adjtimex(&state) == TIME_ERROR) {
    return {Grade::worth_a_look, "clock: not synchronised", "run an NTP client (systemd-timesyncd, chrony)"};
  }
  return {Grade::good, "clock: synchronised", ""};
}

Finding open_files(const Config& config) {
  const std::int64_t needed = open_files_for(config.limits.connections_max);
  const std::int64_t allowed = open_files_max();
  const std::string what = fmt::format("open files: {} allowed, {} needed for {} connections", allowed,
                                       needed, config.limits.connections_max);
  if (allowed >= needed) return {Grade::good, what, ""};
  return {Grade::worth_a_look, what,
          "raise the hard limit (LimitNOFILE, ulimit -Hn) or lower limits.connections_max"};
}

}  // namespace

std::vector<Finding> examine(const Config& config) {
  std::vector<Finding> findings = folders(config);
  findings.push_back(
      config.catalog == CatalogKind::sqlite
          ? database_at(config.catalog_db(), sqlite::catalog_schema(), "restore it from a backup")
          : server_of(config.postgres));
  if (config.state == StateKind::sqlite)
    findings.push_back(
        database_at(config.state_db(), sqlite::session_schema(),
                    "remove it and its -wal and -shm files: it is built again from what the drives hold"));
  if (config.events == EventsKind::kafka) findings.push_back(topics_of(config.kafka));
  for (const DriveConfig& drive : config.drives) {
    if (drive.kind != StoreKind::s3) continue;
    for (Finding& found : examine_bucket(drive, config.aws_environment)) findings.push_back(std::move(found));
  }
  findings.push_back(clock());
  findings.push_back(open_files(config));
  return findings;
}

bool print_findings(const std::vector<Finding>& findings, std::ostream& out) {
  bool sound = true;
  for (const Finding& finding : findings) {
    switch (finding.grade) {
      case Grade::good:
        out << "ok    " << finding.what << '\n';
        continue;
      case Grade::worth_a_look:
        out << "look  ";
        break;
      case Grade::bad:
        out << "BAD   ";
        sound = false;
        break;
    }
    out << finding.what << "\n      -> " << finding.advice << '\n';
  }
  return sound;
}

}  // namespace longshore::server
