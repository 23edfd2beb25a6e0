#include "state/sqlite/sqlite_session_store.h"
#include "tests/contract/in_redis.h"
#include "tests/contract/session_store_lifecycle_suite.h"
#include "tests/contract/session_store_part_suite.h"
#include "tests/fakes/memory_session_store.h"
#include "tests/fakes/temporary_folder.h"

namespace longshore {
namespace {

class InMemory final : public SessionStoreUnderTest {
 public:
  explicit InMemory(const Clock& clock) : store_(clock) {}
  SessionStore& store() override { return store_; }

 private:
  MemorySessionStore store_;
};

class InSqlite final : public SessionStoreUnderTest {
 public:
  explicit InSqlite(const Clock& clock) : store_(folder_.file("state.db"), clock) {}
  SessionStore& store() override { return store_; }

 private:
  TemporaryFolder folder_;
  sqlite::SqliteSessionStore store_;
};

SessionStoreKind in_redis(const char* kind) {
  return {std::string("redis_") + kind,
          [kind](const Clock& clock) { return std::make_unique<InRedis>(kind, clock); }};
}

const auto kKinds = testing::Values(
    SessionStoreKind{"memory", [](const Clock& clock) { return std::make_unique<InMemory>(clock); }},
    SessionStoreKind{"sqlite", [](const Clock& clock) { return std::make_unique<InSqlite>(clock); }},
    in_redis("single"), in_redis("tls"), in_redis("cluster"));

std::string kind_name(const testing::TestParamInfo<SessionStoreKind>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(SessionStore, SessionStoreSuite, kKinds, kind_name);
INSTANTIATE_TEST_SUITE_P(SessionStore, SessionStorePartSuite, kKinds, kind_name);

}  // namespace
}  // namespace longshore
