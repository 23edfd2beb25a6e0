#pragma once

#include <functional>
#include <memory>

#include "apps/longshored/config.h"
#include "apps/longshored/doorbell.h"
#include "catalog/postgres/postgres_catalog.h"
#include "catalog/sqlite/sqlite_catalog.h"

namespace longshore::server {

/// The catalog that the configuration names.
class CatalogStore {
 public:
  /// Opens it, and migrates it if need be. A database server that cannot be reached at the moment is a
  /// warning: the catalog opens itself when it is back. Throws Error. Blocks. All references outlive it.
  CatalogStore(const Config& config, const Clock& clock, Timers& timers, Random& random, const Log& log);

  [[nodiscard]] Catalog& catalog() { return *catalog_; }
  [[nodiscard]] StoreFindings& findings() { return *findings_; }

  /// Ends what the last process on the data folder still held, where the catalog lies there. Other servers
  /// share the one in PostgreSQL: there leases and claims run out.
  Task<void> end_predecessor();
  /// Returns when events may have come; empty where nobody tells.
  [[nodiscard]] std::function<Task<void>()> fresh_events();

 private:
  Doorbell events_;
  std::unique_ptr<sqlite::SqliteCatalog> sqlite_;  // this one or the other
  std::unique_ptr<postgres::PostgresCatalog> postgres_;
  Catalog* catalog_ = nullptr;
  StoreFindings* findings_ = nullptr;
};

}  // namespace longshore::server
