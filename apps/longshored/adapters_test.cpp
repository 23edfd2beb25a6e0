#include "apps/longshored/adapters.h"

#include <gtest/gtest.h>

#include "apps/longshored/config_fixture_test.h"

namespace longshore::server {
namespace {

using AdaptersTest = ConfigFixture;

TEST_F(AdaptersTest, NoTwoProcessesClaimEventsUnderOneName) {
  const Config config = load("").config;
  std::filesystem::create_directories(config.data_dir);
  std::string first;
  for (int process = 0; process < 2; ++process) {
    Metrics metrics;
    const Adapters adapters(config, metrics, Log::none());
    EXPECT_EQ(adapters.drainer().size(), 16U);
    EXPECT_NE(adapters.drainer(), first);
    first = adapters.drainer();
  }
}

}  // namespace
}  // namespace longshore::server
