#include "catalog/sqlite/sqlite_catalog.h"
#include "tests/contract/in_postgres.h"
#include "tests/contract/store_findings_suite.h"
#include "tests/fakes/memory_store_findings.h"
#include "tests/fakes/temporary_folder.h"

namespace longshore {
namespace {

class InMemory final : public StoreFindingsUnderTest {
 public:
  explicit InMemory(const Clock& clock) : findings_(clock) {}
  StoreFindings& findings() override { return findings_; }

 private:
  MemoryStoreFindings findings_;
};

class InSqlite final : public StoreFindingsUnderTest {
 public:
  explicit InSqlite(const Clock& clock) : catalog_(folder_.file("catalog.db"), clock) {}
  StoreFindings& findings() override { return catalog_; }

 private:
  TemporaryFolder folder_;
  sqlite::SqliteCatalog catalog_;
};

class InPostgres final : public StoreFindingsUnderTest {
 public:
  explicit InPostgres(const Clock& clock) : at_(clock) {}
  StoreFindings& findings() override { return at_.catalog(); }

 private:
  PostgresByTestClock at_;
};

const auto kKinds = testing::Values(
    StoreFindingsKind{"memory", [](const Clock& clock) { return std::make_unique<InMemory>(clock); }},
    StoreFindingsKind{"sqlite", [](const Clock& clock) { return std::make_unique<InSqlite>(clock); }},
    StoreFindingsKind{"postgres", [](const Clock& clock) { return std::make_unique<InPostgres>(clock); }});

INSTANTIATE_TEST_SUITE_P(StoreFindings, StoreFindingsSuite, kKinds,
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace longshore
