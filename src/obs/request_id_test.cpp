#include "obs/request_id.h"

#include <gtest/gtest.h>

namespace longshore {
namespace {

TEST(RequestIdTest, ASaneOneIsTaken) {
  SystemRandom random;
  for (const std::string& id : {std::string("a"), std::string("Az09._-"), std::string(64, 'x'),
                                std::string("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")}) {
    EXPECT_TRUE(is_request_id(id));
    EXPECT_EQ(request_id_from(id, random), id);
  }
}

TEST(RequestIdTest, AnyOtherIsReplaced) {
  SystemRandom random;
  for (const std::string& id :
       {std::string(), std::string(65, 'x'), std::string("a b"), std::string("a\r\nx: y"),
        std::string("\0", 1), std::string("a/b"), std::string("\xC3\xA9"), std::string("{x}")}) {
    EXPECT_FALSE(is_request_id(id));
    const std::string fresh = request_id_from(id, random);
    EXPECT_EQ(fresh.size(), 32U);
    EXPECT_TRUE(is_request_id(fresh));
    EXPECT_NE(fresh, request_id_from(id, random));
  }
}

}  // namespace
}  // namespace longshore
