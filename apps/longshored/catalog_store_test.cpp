#include "apps/longshored/catalog_store.h"

#include <sstream>

#include "apps/longshored/config_fixture_test.h"
#include "domain/error.h"
#include "tests/fakes/await.h"
#include "tests/services/postgres_process.h"

namespace longshore::server {
namespace {

class CatalogStoreTest : public ConfigFixture {
 protected:
  Config postgres(const std::string& url) {
    Config config = load("").config;
    config.catalog = CatalogKind::postgres;
    config.postgres.url = url;
    config.postgres.timeout = Millis{500};
    return config;
  }

  SystemClock clock_;
  AsioTimers timers_;
  SystemRandom random_;
  std::ostringstream text_;
  const Log log_ = Log::to_stream(text_, LogFormat::kText, LogLevel::kInfo, clock_);
};

TEST_F(CatalogStoreTest, ADatabaseThatIsAwayIsAWarning) {
  CatalogStore store(postgres("postgresql://uploads@127.0.0.1:1/uploads"), clock_, timers_, random_, log_);
  EXPECT_NE(text_.str().find("the catalog cannot be reached"), std::string::npos);
  EXPECT_THROW(await(store.catalog().now()), Error);
  await(store.end_predecessor());
}

TEST_F(CatalogStoreTest, FreshEventsAreHeard) {
  const services::PostgresProcess server;
  Config config = postgres("");
  config.postgres = server.options("longshore");
  CatalogStore store(config, clock_, timers_, random_, log_);
  await(store.fresh_events()());  // it listens
  Change change;
  change.node = NodeWrite{};
  change.node->node.id = NodeId{"node-1"};
  EventDraft event;
  event.node = NodeId{"node-1"};
  change.events.push_back(event);
  ASSERT_TRUE(await(store.catalog().commit(change)));
  await(store.fresh_events()());
  EXPECT_EQ(await(store.catalog().outbox_state()).waiting, 1);
}

TEST_F(CatalogStoreTest, AFileTellsNobody) {
  std::filesystem::create_directories(load("").config.data_dir);
  CatalogStore store(load("").config, clock_, timers_, random_, log_);
  EXPECT_FALSE(store.fresh_events());
  EXPECT_EQ(await(store.catalog().outbox_state()).waiting, 0);
}

}  // namespace
}  // namespace longshore::server
