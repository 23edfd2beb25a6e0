#include "postgres/schema.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "domain/error.h"

namespace longshore::postgres {
namespace {

// Of large tables; who waits for another server's migration waits as long.
constexpr Millis kMigrationTime = std::chrono::minutes{30};

int version_of(Session& session) {
  if (session.query("SELECT 1 WHERE to_regclass('schema_version') IS NULL").size() == 1) return 0;
  return session.query("SELECT version FROM schema_version").at(0).get<int>(0);
}

void refuse_newer(const Schema& schema, int version) {
  const int newest = static_cast<int>(std::ssize(schema.steps));
  if (version <= newest) return;
  throw Error(
      Reason::catalog_unavailable,
      fmt::format("{} has schema version {}, but this release knows versions up to {}; start the newer "
                  "release that made it, or restore a backup from before",
                  schema.name, version, newest));
}

bool make_steps(Session& session, const Schema& schema, const std::string& name) {
  // Held to the end of the transaction. A number of the name: fleets with other schemas do not wait.
  session.query("SELECT pg_advisory_xact_lock(hashtextextended('longshore ' || $1, 0))", name);
  if (session.query("SELECT 1 WHERE to_regnamespace($1) IS NULL", name).size() == 1)
    session.execute("CREATE SCHEMA " + name);
  const int version = version_of(session);
  refuse_newer(schema, version);
  if (version == 0) {
    session.execute(
        "CREATE TABLE schema_version (version integer NOT NULL);"
        "INSERT INTO schema_version VALUES (0)");
  }
  for (const std::string_view step : schema.steps.subspan(static_cast<std::size_t>(version)))
    session.execute(std::string(step));
  session.run("UPDATE schema_version SET version = $1", schema.steps.size());
  return true;
}

}  // namespace

void migrate(Connection& connection, const Schema& schema, const Options& options) {
  int version = 0;
  connection.read(std::chrono::steady_clock::now() + options.timeout,
                  [&](Session& session) { version = version_of(session); });
  refuse_newer(schema, version);
  if (version == std::ssize(schema.steps)) return;
  connection.write(std::chrono::steady_clock::now() + kMigrationTime, [&](Session& session) {
    session.execute(fmt::format("SET LOCAL statement_timeout = {}", kMigrationTime.count()));
    return make_steps(session, schema, options.schema);
  });
}

}  // namespace longshore::postgres
