#include "sqlite/schema.h"

#include <string>

namespace longshore::sqlite {
namespace {

std::int64_t version_of(Database& database) {
  Statement version = database.query("PRAGMA user_version");
  return version.step() ? version.get<std::int64_t>(0) : 0;
}

}  // namespace

void migrate(Database& database, const Schema& schema) {
  const std::int64_t newest = std::ssize(schema.steps);
  Transaction transaction(database);
  const std::int64_t found = version_of(database);
  if (found == newest) return;
  if (found < 0 || found > newest) {
    throw Error(database.reason(),
                std::string(schema.name) + " has schema version " + std::to_string(found) +
                    ", but this release knows versions up to " + std::to_string(newest) +
                    "; start the newer release that made it, or restore a backup from before");
  }
  for (std::int64_t version = found; version < newest; ++version) {
    database.execute(std::string(schema.steps[static_cast<std::size_t>(version)]));
  }
  database.execute("PRAGMA user_version = " + std::to_string(newest));
  transaction.commit();
}

}  // namespace longshore::sqlite
