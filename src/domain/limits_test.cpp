#include "domain/limits.h"

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore {
namespace {

std::string reason_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    const auto& d = error.details();
    return std::string(to_string(error.reason())) + " " + d.field +
           (d.limit ? " " + std::to_string(*d.limit) : "");
  }
  return "fine";
}

constexpr std::int64_t kReach = 5 * TiB;  // of the default limits

TEST(Limits, AdvisedPartSizes) {
  struct Case {
    std::optional<std::int64_t> expected;
    std::int64_t unary_max;
    std::int64_t advice;
  };
  const std::vector<Case> cases{
      {{}, 0, 100 * MiB},
      {0, 0, 100 * MiB},
      {1, 0, 100 * MiB},
      {100 * MiB, 0, 100 * MiB},
      {(std::int64_t{1} << 31) - 1, 0, 100 * MiB},
      {std::int64_t{1} << 31, 0, 100 * MiB},
      {(std::int64_t{1} << 32) + 1, 0, 100 * MiB},
      {1'000'000 * MiB, 0, 100 * MiB},          // exactly parts_max of them
      {1'000'000 * MiB + 1, 0, 100 * MiB + 1},  // one byte more
      {kReach, 0, (kReach + 9'999) / 10'000},
      {{}, 64 * MiB, 63 * MiB},  // room for the rest of a unary message
      {GiB, 64 * MiB, 63 * MiB},
      {{}, MiB, 5 * MiB},  // the store's minimum stands
      {{}, 1, 5 * MiB},
      {{}, GiB, 100 * MiB},
      {63 * MiB * 10'000, 64 * MiB, 63 * MiB},
      {63 * MiB * 10'000 + 1, 64 * MiB, 63 * MiB + 1},  // the size does not allow less
  };
  const StoreLimits s3;
  for (const Case& c : cases)
    EXPECT_EQ(recommended_part_bytes(c.expected, s3, c.unary_max), c.advice)
        << testing::PrintToString(c.expected) << " " << c.unary_max;
}

TEST(Limits, AdviceKeepsEveryLimit) {
  for (const std::int64_t size : {std::int64_t{0}, std::int64_t{1}, MiB, GiB, 640 * GiB, TiB, kReach}) {
    const StoreLimits limits;
    const std::int64_t part = recommended_part_bytes(size, limits, 64 * MiB);
    EXPECT_GE(part, limits.part_bytes_min);
    EXPECT_LE(part, limits.part_bytes_max);
    EXPECT_LE((size + part - 1) / part, limits.parts_max) << size;
    EXPECT_EQ(reason_of([&] { check_geometry(size, part, limits); }), "fine") << size;
  }
}

TEST(Limits, AdviceOfAStoreOfSmallParts) {
  const StoreLimits small{.part_bytes_min = 1, .part_bytes_max = 8 * MiB, .parts_max = 4};
  EXPECT_EQ(recommended_part_bytes({}, small), 8 * MiB);
  EXPECT_EQ(recommended_part_bytes(32 * MiB, small), 8 * MiB);
  EXPECT_EQ(reason_of([&] { recommended_part_bytes(32 * MiB + 1, small); }),
            "OUT_OF_LIMITS expected_size " + std::to_string(32 * MiB));
}

TEST(Limits, TheLargestObject) {
  EXPECT_EQ(object_bytes_reachable({}), 5 * TiB);
  EXPECT_EQ(object_bytes_reachable({.part_bytes_max = GiB, .parts_max = 1000}), 1000 * GiB);
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(object_bytes_reachable({.part_bytes_max = kMost, .parts_max = 10'000, .object_bytes_max = 7}), 7);
  EXPECT_EQ(object_bytes_reachable({.part_bytes_max = kMost, .parts_max = 2, .object_bytes_max = kMost}),
            kMost)
      << "no overflow";
}

TEST(Limits, Geometry) {
  struct Case {
    std::optional<std::int64_t> expected;
    std::optional<std::int64_t> chunk;
    std::string answer;
  };
  const std::string min = std::to_string(5 * MiB);
  const std::string max = std::to_string(5 * GiB);
  const std::vector<Case> cases{
      {{}, {}, "fine"},
      {0, {}, "fine"},
      {-1, {}, "INVALID_REQUEST expected_size"},
      {kReach, {}, "fine"},
      {kReach + 1, {}, "OUT_OF_LIMITS expected_size " + std::to_string(kReach)},
      {std::numeric_limits<std::int64_t>::max(), {}, "OUT_OF_LIMITS expected_size " + std::to_string(kReach)},
      {{}, 0, "INVALID_REQUEST chunk_size"},
      {{}, -5, "INVALID_REQUEST chunk_size"},
      {{}, 5 * MiB, "fine"},
      {{}, 5 * MiB - 1, "OUT_OF_LIMITS chunk_size " + min},
      {{}, 5 * GiB, "fine"},
      {{}, 5 * GiB + 1, "OUT_OF_LIMITS chunk_size " + max},
      {100, 100, "fine"},  // all in one, which is the last
      {100, 99, "OUT_OF_LIMITS chunk_size " + min},
      {0, 1, "fine"},
      {5 * MiB * 10'000, 5 * MiB, "fine"},
      {5 * MiB * 10'000 + 1, 5 * MiB, "OUT_OF_LIMITS chunk_size 10000"},
      {std::int64_t{1} << 31, 5 * MiB, "fine"},
      {std::int64_t{1} << 32, 5 * MiB, "fine"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(reason_of([&] { check_geometry(c.expected, c.chunk, {}); }), c.answer)
        << testing::PrintToString(c.expected) << " " << testing::PrintToString(c.chunk);
}

}  // namespace
}  // namespace longshore
