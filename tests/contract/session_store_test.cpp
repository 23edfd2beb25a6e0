#include "tests/contract/session_store_lifecycle_suite.h"
#include "tests/contract/session_store_part_suite.h"
#include "tests/fakes/memory_session_store.h"

namespace longshore {
namespace {

class InMemory final : public SessionStoreUnderTest {
 public:
  explicit InMemory(const Clock& clock) : store_(clock) {}
  SessionStore& store() override { return store_; }

 private:
  MemorySessionStore store_;
};

const auto kKinds = testing::Values(
    SessionStoreKind{"memory", [](const Clock& clock) { return std::make_unique<InMemory>(clock); }});

std::string kind_name(const testing::TestParamInfo<SessionStoreKind>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(SessionStore, SessionStoreSuite, kKinds, kind_name);
INSTANTIATE_TEST_SUITE_P(SessionStore, SessionStorePartSuite, kKinds, kind_name);

}  // namespace
}  // namespace longshore
