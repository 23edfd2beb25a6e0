#include "base/random.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <vector>

#include <gtest/gtest.h>

namespace longshore {
namespace {

/// Gives out the listed 64-bit words, then fails the test.
class ScriptedRandom final : public Random {
 public:
  explicit ScriptedRandom(std::deque<std::uint64_t> words) : words_(std::move(words)) {}

  void fill(std::span<std::uint8_t> out) override {
    ASSERT_EQ(out.size(), sizeof(std::uint64_t));
    ASSERT_FALSE(words_.empty());
    std::memcpy(out.data(), &words_.front(), out.size());
    words_.pop_front();
  }
  [[nodiscard]] std::size_t left() const { return words_.size(); }

 private:
  std::deque<std::uint64_t> words_;
};

TEST(RandomTest, BelowZeroIsZeroAndDrawsNothing) {
  ScriptedRandom random({});
  EXPECT_EQ(random.below(0), 0U);
}

TEST(RandomTest, BelowTakesTheRemainder) {
  ScriptedRandom random({1'000'007, 41});
  EXPECT_EQ(random.below(10), 7U);
  EXPECT_EQ(random.below(42), 41U);
}

TEST(RandomTest, BelowDrawsAgainWhatWouldFavourSmallResults) {
  // 2^64 mod 10 is 6, so 0 to 5 are drawn again.
  ScriptedRandom random({5, 0, 6});
  EXPECT_EQ(random.below(10), 6U);
  EXPECT_EQ(random.left(), 0U);
}

TEST(RandomTest, BelowIsRoughlyUniform) {
  SystemRandom random;
  std::array<int, 6> seen{};
  for (int i = 0; i < 6'000; ++i) ++seen.at(random.below(6));
  for (const int count : seen) EXPECT_NEAR(count, 1'000, 250);  // more than eight standard deviations
}

TEST(RandomTest, SystemRandomFillsEveryByte) {
  SystemRandom random;
  std::vector<std::uint8_t> either(10'000, 0);  // in several of 64 fills each byte was set at least once
  for (int i = 0; i < 64; ++i) {
    std::vector<std::uint8_t> drawn(either.size(), 0);
    random.fill(drawn);
    for (std::size_t j = 0; j < drawn.size(); ++j) either[j] |= drawn[j];
  }
  EXPECT_TRUE(std::all_of(either.begin(), either.end(), [](std::uint8_t b) { return b == 0xFF; }));
  random.fill({});
}

}  // namespace
}  // namespace longshore
