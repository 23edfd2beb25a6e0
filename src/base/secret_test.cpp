#include "base/secret.h"

#include <utility>

#include <gtest/gtest.h>

namespace longshore {
namespace {

TEST(SecretTest, GivesItsTextOnlyOnDemand) {
  EXPECT_TRUE(Secret().empty());
  EXPECT_EQ(Secret("s3cr3t").expose(), "s3cr3t");
}

TEST(SecretTest, CopiesAndMovesKeepTheText) {
  Secret first("one");
  Secret copy = first;
  const Secret moved = std::move(first);
  EXPECT_EQ(copy.expose(), "one");
  EXPECT_EQ(moved.expose(), "one");
  copy = Secret("another, longer text");
  EXPECT_EQ(copy.expose(), "another, longer text");
  EXPECT_EQ(moved.expose(), "one");
}

}  // namespace
}  // namespace longshore
