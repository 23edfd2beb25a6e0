#include "apps/longshored/catalog_store.h"

#include "apps/longshored/named.h"
#include "domain/error.h"

namespace longshore::server {

CatalogStore::CatalogStore(const Config& config, const Clock& clock, Timers& timers, Random& random,
                           const Log& log) {
  if (config.catalog == CatalogKind::sqlite) {
    const std::string file = config.catalog_db().string();
    sqlite_ = named(file, [&] { return std::make_unique<sqlite::SqliteCatalog>(file, clock); });
    catalog_ = sqlite_.get();
    findings_ = sqlite_.get();
    return;
  }
  postgres_ = std::make_unique<postgres::PostgresCatalog>(config.postgres, timers, random, log,
                                                          [this] { events_.ring(); });
  catalog_ = postgres_.get();
  findings_ = postgres_.get();
  try {
    postgres_->open();
  } catch (const Error& error) {
    if (error.outcome() == Outcome::refused) throw;
    log.warn("the catalog cannot be reached", {{"error", error.message()}});
  }
}

Task<void> CatalogStore::end_predecessor() {
  if (sqlite_) co_await sqlite_->end_predecessor();
}

std::function<Task<void>()> CatalogStore::fresh_events() {
  if (!postgres_) return {};
  return [this] { return events_.rung(); };
}

}  // namespace longshore::server
