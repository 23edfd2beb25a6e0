#include "s3/routes.h"

#include <gtest/gtest.h>

#include "tests/fakes/manual_clock.h"

namespace longshore::s3 {
namespace {

class RoutesTest : public testing::Test {
 protected:
  static Answer moved(int status, const std::string& region) { return {.status = status, .region = region}; }
  std::string region() { return routes_.current()->place.region(); }

  ManualClock clock_;
  Routes routes_{Place({.endpoint = "http://127.0.0.1:9000", .region = "home", .bucket = "bucket"}), clock_,
                 Log::none()};
};

TEST_F(RoutesTest, WhatIsForGoodIsRemembered) {
  const Routes::Ptr home = routes_.current();
  const Routes::Ptr there = routes_.follow(*home, moved(301, "there"));
  ASSERT_TRUE(there);
  EXPECT_EQ(routes_.current(), there);
  clock_.advance(std::chrono::hours{24});
  EXPECT_EQ(region(), "there");
  EXPECT_FALSE(routes_.follow(*there, moved(301, "there"))) << "we are there";
}

TEST_F(RoutesTest, ADetourIsForAWhile) {
  ASSERT_TRUE(routes_.follow(*routes_.current(), moved(307, "there")));
  clock_.advance(std::chrono::minutes{5} - Millis{1});
  EXPECT_EQ(region(), "there");
  clock_.advance(Millis{1});
  EXPECT_EQ(region(), "home");
}

TEST_F(RoutesTest, WhatLeadsNowhereIsLeft) {
  const Routes::Ptr there = routes_.follow(*routes_.current(), moved(301, "there"));
  EXPECT_EQ(routes_.leave(there)->place.region(), "home");
  const Routes::Ptr elsewhere = routes_.follow(*routes_.current(), moved(301, "elsewhere"));
  EXPECT_EQ(routes_.leave(there), elsewhere) << "somebody was faster";
}

}  // namespace
}  // namespace longshore::s3
