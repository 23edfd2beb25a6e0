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

TEST_F(AdaptersTest, WhatCannotBeOpenedIsNamed) {
  const Config config = load("").config;
  const auto failure = [&]() -> std::string {
    Metrics metrics;
    try {
      const Adapters adapters(config, metrics, Log::none());
      return "none";
    } catch (const Error& error) {
      return error.message();
    }
  };
  for (const auto& file : {config.catalog_db(), config.state_db()}) {
    std::filesystem::create_directories(config.data_dir);
    std::ofstream(file) << std::string(4096, 'x');
    EXPECT_EQ(failure().substr(0, file.string().size() + 2), file.string() + ": ");
    std::filesystem::remove_all(config.data_dir);
  }
  std::filesystem::create_directories(config.data_dir);
  std::ofstream(config.drives[0].directory.string()) << "a file";
  EXPECT_NE(failure().find("drive default"), std::string::npos) << failure();
}

}  // namespace
}  // namespace longshore::server
