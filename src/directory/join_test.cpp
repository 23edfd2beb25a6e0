#include "directory/join.h"

#include <gtest/gtest.h>

namespace longshore::directory {
namespace {

constexpr bool kFixed = true;
constexpr bool kOwnFiles = false;

PartRow row(std::string file, std::int64_t offset, std::int64_t size) {
  return PartRow{.etag = ETag("e"), .size = size, .place = {std::move(file), offset}};
}
std::vector<PartNumber> numbers(std::initializer_list<std::int32_t> values) {
  std::vector<PartNumber> out;
  for (const std::int32_t n : values) out.emplace_back(n);
  return out;
}
CopyStep step(std::int32_t part, PartPlace from, std::int64_t to, std::int64_t size) {
  return CopyStep{.part = PartNumber{part}, .from = std::move(from), .to_offset = to, .size = size};
}

TEST(Join, FixedPlacesNeedNoCopy) {
  const PartTable table{{PartNumber{1}, row("data", 0, 100)},
                        {PartNumber{2}, row("data", 100, 100)},
                        {PartNumber{3}, row("data", 200, 7)}};
  const JoinPlan plan = plan_join(numbers({1, 2, 3}), table, kFixed, "fresh");
  EXPECT_EQ(plan.file, "data");
  EXPECT_TRUE(plan.in_place);
  EXPECT_TRUE(plan.steps.empty());
  EXPECT_EQ(plan.size, 207);
}

TEST(Join, FixedPlacesWithAHoleAreCopiedWhole) {
  const PartTable table{{PartNumber{1}, row("data", 0, 10)}, {PartNumber{2}, row("data", 100, 100)}};
  const JoinPlan plan = plan_join(numbers({1, 2}), table, kFixed, "fresh");
  EXPECT_EQ(plan.file, "fresh");
  EXPECT_FALSE(plan.in_place);
  EXPECT_EQ(plan.steps,
            (std::vector<CopyStep>{step(1, {"data", 0}, 0, 10), step(2, {"data", 100}, 10, 100)}));
  EXPECT_EQ(plan.size, 110);
}

TEST(Join, WithoutItsFirstPartAFileOfFixedPlacesIsCopied) {
  const PartTable table{{PartNumber{1}, row("data", 0, 100)}, {PartNumber{2}, row("data", 100, 100)}};
  const JoinPlan plan = plan_join(numbers({2}), table, kFixed, "fresh");
  EXPECT_EQ(plan.file, "fresh");
  EXPECT_EQ(plan.steps, (std::vector<CopyStep>{step(2, {"data", 100}, 0, 100)}));
}

TEST(Join, TheFirstPartsOwnFileIsExtended) {
  const PartTable table{
      {PartNumber{1}, row("a", 0, 5)}, {PartNumber{4}, row("b", 0, 6)}, {PartNumber{9}, row("c", 0, 7)}};
  const JoinPlan plan = plan_join(numbers({1, 4, 9}), table, kOwnFiles, "fresh");
  EXPECT_EQ(plan.file, "a");
  EXPECT_TRUE(plan.in_place);
  EXPECT_EQ(plan.steps, (std::vector<CopyStep>{step(4, {"b", 0}, 5, 6), step(9, {"c", 0}, 11, 7)}));
  EXPECT_EQ(plan.size, 18);
}

TEST(Join, OneCutOffByACrashGoesOnWhereItWas) {
  const PartTable table{
      {PartNumber{1}, row("a", 0, 5)}, {PartNumber{4}, row("a", 5, 6)}, {PartNumber{9}, row("c", 0, 7)}};
  const JoinPlan plan = plan_join(numbers({1, 4, 9}), table, kOwnFiles, "fresh");
  EXPECT_TRUE(plan.in_place);
  EXPECT_EQ(plan.steps, (std::vector<CopyStep>{step(9, {"c", 0}, 11, 7)}));
}

TEST(Join, NoStoredPartIsOverwritten) {
  // An earlier completion moved part 4 behind part 1; this one leaves part 4 out.
  const PartTable table{
      {PartNumber{1}, row("a", 0, 5)}, {PartNumber{4}, row("a", 5, 6)}, {PartNumber{9}, row("c", 0, 7)}};
  const JoinPlan plan = plan_join(numbers({1, 9}), table, kOwnFiles, "fresh");
  EXPECT_EQ(plan.file, "fresh");
  EXPECT_EQ(plan.steps, (std::vector<CopyStep>{step(1, {"a", 0}, 0, 5), step(9, {"c", 0}, 5, 7)}));

  // Part 1 was sent again, and is longer: part 4's old place is in a file that nobody extends.
  const PartTable resent{{PartNumber{1}, row("d", 0, 50)}, {PartNumber{4}, row("a", 5, 6)}};
  const JoinPlan again = plan_join(numbers({1, 4}), resent, kOwnFiles, "fresh");
  EXPECT_EQ(again.file, "d");
  EXPECT_EQ(again.steps, (std::vector<CopyStep>{step(4, {"a", 5}, 50, 6)}));
}

TEST(Join, PartsOfNoBytesAreNotCopied) {
  const PartTable table{
      {PartNumber{1}, row("a", 0, 0)}, {PartNumber{2}, row("b", 0, 3)}, {PartNumber{3}, row("c", 0, 0)}};
  const JoinPlan plan = plan_join(numbers({1, 2, 3}), table, kOwnFiles, "fresh");
  EXPECT_EQ(plan.file, "a");
  EXPECT_EQ(plan.steps, (std::vector<CopyStep>{step(2, {"b", 0}, 0, 3)}));
  EXPECT_EQ(plan.size, 3);
}

TEST(Join, OffsetsBeyondFourGigabytes) {
  constexpr std::int64_t kTwoGiB = std::int64_t{1} << 31;
  PartTable table;
  for (std::int32_t n = 1; n <= 5; ++n) table[PartNumber{n}] = row("data", (n - 1) * kTwoGiB, kTwoGiB);
  const JoinPlan plan = plan_join(numbers({1, 2, 3, 4, 5}), table, kFixed, "fresh");
  EXPECT_TRUE(plan.steps.empty());
  EXPECT_EQ(plan.size, 5 * kTwoGiB);
}

}  // namespace
}  // namespace longshore::directory
