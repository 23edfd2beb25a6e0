#include "base/uuid.h"

#include <algorithm>
#include <regex>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace longshore {
namespace {

class ScriptedRandom final : public Random {
 public:
  explicit ScriptedRandom(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::uint8_t> out) override {
    ASSERT_EQ(out.size(), bytes_.size());
    std::copy(bytes_.begin(), bytes_.end(), out.begin());
  }

 private:
  std::vector<std::uint8_t> bytes_;
};

TEST(UuidTest, Version7VectorOfRfc9562) {
  ScriptedRandom random({0xFC, 0xC3, 0xD8, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F});  // version and variant
                                                                                        // are overwritten
  EXPECT_EQ(uuid_v7(from_epoch_ms(0x017F22E279B0), random), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

TEST(UuidTest, Version7IsOrderedByTimeAndUnique) {
  SystemRandom random;
  std::set<std::string> seen;
  std::string last;
  const std::regex shape("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  for (std::int64_t ms = 1'790'000'000'000; ms < 1'790'000'000'500; ++ms) {
    const std::string id = uuid_v7(from_epoch_ms(ms), random);
    EXPECT_TRUE(std::regex_match(id, shape)) << id;
    EXPECT_LT(last, id);
    last = id;
    seen.insert(id);
    seen.insert(uuid_v7(from_epoch_ms(ms), random));
  }
  EXPECT_EQ(seen.size(), 1'000U);
}

TEST(UuidTest, Version5VectorsOfRfc9562) {
  EXPECT_EQ(uuid_v5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com"),
            "2ed6657d-e927-568b-95e1-2665a8aea6a2");
  EXPECT_NE(uuid_v5("6ba7b811-9dad-11d1-80b4-00c04fd430c8", "www.example.com"),
            "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(UuidTest, Version5RefusesANamespaceThatIsNoUuid) {
  EXPECT_THROW(uuid_v5("", "x"), std::invalid_argument);
  EXPECT_THROW(uuid_v5("6ba7b810-9dad-11d1-80b4-00c04fd430cg", "x"), std::invalid_argument);
  EXPECT_THROW(uuid_v5("6ba7b8109dad11d180b400c04fd430c8", "x"), std::invalid_argument);
}

TEST(RandomHexTest, HasTwoDigitsAByte) {
  ScriptedRandom random({0x00, 0x0A, 0xFF});
  EXPECT_EQ(random_hex(random, 3), "000aff");
}

}  // namespace
}  // namespace longshore
