#include "catalog/sqlite/sqlite_catalog.h"
#include "tests/contract/catalog_commit_suite.h"
#include "tests/contract/catalog_listing_suite.h"
#include "tests/contract/catalog_outbox_suite.h"
#include "tests/contract/in_postgres.h"
#include "tests/fakes/memory_catalog.h"
#include "tests/fakes/temporary_folder.h"

namespace longshore {
namespace {

class InMemory final : public CatalogUnderTest {
 public:
  explicit InMemory(const Clock& clock) : catalog_(clock) {}
  Catalog& catalog() override { return catalog_; }

 private:
  MemoryCatalog catalog_;
};

class InSqlite final : public CatalogUnderTest {
 public:
  explicit InSqlite(const Clock& clock) : catalog_(folder_.file("catalog.db"), clock) {}
  Catalog& catalog() override { return catalog_; }

 private:
  TemporaryFolder folder_;
  sqlite::SqliteCatalog catalog_;
};

class InPostgres final : public CatalogUnderTest {
 public:
  explicit InPostgres(const Clock& clock) : at_(clock) {}
  Catalog& catalog() override { return at_.catalog(); }

 private:
  PostgresByTestClock at_;
};

const auto kKinds = testing::Values(
    CatalogKind{"memory", [](const Clock& clock) { return std::make_unique<InMemory>(clock); }},
    CatalogKind{"sqlite", [](const Clock& clock) { return std::make_unique<InSqlite>(clock); }},
    CatalogKind{"postgres", [](const Clock& clock) { return std::make_unique<InPostgres>(clock); }});

std::string kind_name(const testing::TestParamInfo<CatalogKind>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Catalog, CatalogSuite, kKinds, kind_name);
INSTANTIATE_TEST_SUITE_P(Catalog, CatalogOutboxSuite, kKinds, kind_name);
INSTANTIATE_TEST_SUITE_P(Catalog, CatalogListingSuite, kKinds, kind_name);

}  // namespace
}  // namespace longshore
