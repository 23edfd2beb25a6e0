#include "front/common/patience.h"

#include <limits>

#include <gtest/gtest.h>

namespace longshore {
namespace {

TEST(Patience, EndsWithoutBytes) {
  Patience patience(1024, Millis{60'000});
  EXPECT_EQ(patience.left(), Millis{60'000});
  patience.waited(Millis{59'000});
  EXPECT_EQ(patience.left(), Millis{1000});
  patience.waited(Millis{5000});
  EXPECT_EQ(patience.left(), Millis{0});
}

TEST(Patience, ADripDoesNotRenewIt) {
  Patience patience(1024, Millis{60'000});
  constexpr Millis kBetween{5000};
  int drips = 0;
  while (patience.left() >= kBetween) {  // else it is cut off before the next byte
    patience.waited(kBetween);
    patience.moved(1);
    ASSERT_LT(++drips, 20);
  }
  EXPECT_EQ(drips, 12);
}

TEST(Patience, WhoKeepsTheRateIsNeverCutOff) {
  Patience patience(1024, Millis{10'000});
  for (int i = 0; i < 10'000; ++i) {
    patience.waited(Millis{5000});
    ASSERT_GT(patience.left(), Millis{0});
    patience.moved(5 * 1024);
  }
}

TEST(Patience, ManyShortWaitsCountForWhatTheyAre) {
  Patience patience(1024, Millis{1000});
  for (int i = 0; i < 100'000; ++i) {
    patience.waited(std::chrono::microseconds{100});
    patience.moved(1);  // ten times the rate
  }
  EXPECT_EQ(patience.left(), Millis{1000});
}

TEST(Patience, IsNeverMoreThanTheMost) {
  Patience patience(1, Millis{10'000});
  patience.waited(Millis{9000});
  patience.moved(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(patience.left(), Millis{10'000});
  Patience without_rate(0, Millis{10'000});
  without_rate.waited(Millis{9000});
  without_rate.moved(1);
  EXPECT_EQ(without_rate.left(), Millis{10'000});
}

}  // namespace
}  // namespace longshore
