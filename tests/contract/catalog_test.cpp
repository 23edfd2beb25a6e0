#include "tests/contract/catalog_commit_suite.h"
#include "tests/contract/catalog_listing_suite.h"
#include "tests/contract/catalog_outbox_suite.h"
#include "tests/fakes/memory_catalog.h"

namespace longshore {
namespace {

class InMemory final : public CatalogUnderTest {
 public:
  explicit InMemory(const Clock& clock) : catalog_(clock) {}
  Catalog& catalog() override { return catalog_; }

 private:
  MemoryCatalog catalog_;
};

const auto kKinds = testing::Values(
    CatalogKind{"memory", [](const Clock& clock) { return std::make_unique<InMemory>(clock); }});

std::string kind_name(const testing::TestParamInfo<CatalogKind>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Catalog, CatalogSuite, kKinds, kind_name);
INSTANTIATE_TEST_SUITE_P(Catalog, CatalogOutboxSuite, kKinds, kind_name);
INSTANTIATE_TEST_SUITE_P(Catalog, CatalogListingSuite, kKinds, kind_name);

}  // namespace
}  // namespace longshore
