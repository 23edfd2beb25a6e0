#include "front/common/memory_body.h"

#include <gtest/gtest.h>

#include "tests/fakes/await.h"

namespace longshore {
namespace {

TEST(MemoryBody, GivesItsBytesOnceAndAgainAfterARewind) {
  MemoryBody body("hello");
  EXPECT_EQ(body.length(), 5);
  EXPECT_EQ(await(body.next()).size(), 5U);
  EXPECT_TRUE(await(body.next()).empty());
  EXPECT_TRUE(body.rewind());
  EXPECT_EQ(await(body.next()).size(), 5U);
}

}  // namespace
}  // namespace longshore
