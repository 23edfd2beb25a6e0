#include "apps/longshore/http_response.h"

#include <gtest/gtest.h>

namespace longshore::cli {
namespace {

TEST(HttpResponse, FindsAFieldInAnyCase) {
  const HttpResponse response{.fields = {{"ETag", "\"a\""}, {"etag", "\"b\""}}};
  EXPECT_EQ(response.field("etag"), "\"a\"");
  EXPECT_EQ(response.field("ETAG"), "\"a\"");
  EXPECT_EQ(response.field("Range"), "");
}

}  // namespace
}  // namespace longshore::cli
