#include "front/grpc/timeout.h"

#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore::grpc {
namespace {

TEST(Timeout, EveryUnit) {
  EXPECT_EQ(parse_timeout("2H"), Millis{7'200'000});
  EXPECT_EQ(parse_timeout("3M"), Millis{180'000});
  EXPECT_EQ(parse_timeout("10S"), Millis{10'000});
  EXPECT_EQ(parse_timeout("250m"), Millis{250});
  EXPECT_EQ(parse_timeout("1001u"), Millis{2});
  EXPECT_EQ(parse_timeout("1n"), Millis{1});
  EXPECT_EQ(parse_timeout("0S"), Millis{0});
  EXPECT_EQ(parse_timeout("99999999H"), Millis{99'999'999LL * 3'600'000});
}

TEST(Timeout, RefusesWhatIsNone) {
  for (const char* text : {"", "1", "S", "1s", "-1S", "+1S", "1.5S", " 1S", "1S ", "123456789S", "0x1S"}) {
    EXPECT_THROW(parse_timeout(text), Error) << text;
  }
}

}  // namespace
}  // namespace longshore::grpc
