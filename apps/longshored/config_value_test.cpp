#include "apps/longshored/config_value.h"

#include <gtest/gtest.h>

namespace longshore::server {
namespace {

TEST(ConfigValueTest, Endpoints) {
  EXPECT_EQ(parse_endpoint("[::1]:80"), (Endpoint{"::1", 80}));
  EXPECT_EQ(parse_endpoint("localhost:0"), (Endpoint{"127.0.0.1", 0}));
  EXPECT_EQ(to_string(Endpoint{"::1", 80}), "[::1]:80");
  for (const char* wrong : {"", ":", "80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                            "::1:80", "[127.0.0.1]:80", "host:80", "127.1:80", "127.0.0.1:80 "}) {
    EXPECT_FALSE(parse_endpoint(wrong)) << wrong;
  }
  EXPECT_TRUE(is_loopback({"127.8.8.8", 1}));
  EXPECT_FALSE(is_loopback({"192.0.2.1", 1}));
  EXPECT_FALSE(is_loopback({"::", 1}));
}

TEST(ConfigValueTest, YesOrNo) {
  const ValueRule rule{ValueKind::yes_no, "false"};
  std::string why;
  EXPECT_EQ(value_of(rule, "true", why)->number, 1);
  EXPECT_EQ(value_of(rule, "false", why)->number, 0);
  EXPECT_FALSE(value_of(rule, "yes", why));
  EXPECT_EQ(why, "write true or false");
}

}  // namespace
}  // namespace longshore::server
