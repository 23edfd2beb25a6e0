#include "redis/script.h"

#include <gtest/gtest.h>

namespace longshore::redis {
namespace {

TEST(Script, IsKnownByItsSha1) {
  const Script script("return 1", Effect::repeats);
  EXPECT_EQ(script.text(), "return 1");
  EXPECT_EQ(script.sha1(), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
  EXPECT_EQ(script.effect(), Effect::repeats);
}

}  // namespace
}  // namespace longshore::redis
