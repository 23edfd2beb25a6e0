#include "redis/pending.h"

#include <gtest/gtest.h>

namespace longshore::redis {
namespace {

class PendingTest : public testing::Test {
 protected:
  PendingTest() { pending_.call = Call{.script = &script_, .keys = {"k", "l"}, .arguments = {"x"}}; }
  std::string sent() const {
    std::string out;
    append_call(out, pending_);
    return out;
  }

  const Script script_{"return 1", Effect::none};
  Pending pending_;
};

constexpr const char* kName = "$40\r\ne0e1f9fabfc9d4800c877a703b823ac0578ff8db\r\n";
constexpr const char* kRest = "$1\r\n2\r\n$1\r\nk\r\n$1\r\nl\r\n$1\r\nx\r\n";

TEST_F(PendingTest, ByNameFirst) {
  EXPECT_EQ(sent(), std::string("*6\r\n$7\r\nEVALSHA\r\n") + kName + kRest);
}

TEST_F(PendingTest, ByItsTextWhereTheServerDoesNotKnowIt) {
  pending_.by_text = true;
  EXPECT_EQ(sent(), std::string("*6\r\n$4\r\nEVAL\r\n$8\r\nreturn 1\r\n") + kRest);
}

TEST_F(PendingTest, AskingComesInFront) {
  pending_.asking = true;
  EXPECT_EQ(sent(), std::string("*1\r\n$6\r\nASKING\r\n*6\r\n$7\r\nEVALSHA\r\n") + kName + kRest);
}

}  // namespace
}  // namespace longshore::redis
