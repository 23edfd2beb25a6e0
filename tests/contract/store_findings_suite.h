#pragma once

#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "ports/store_findings.h"
#include "tests/fakes/await.h"
#include "tests/fakes/manual_clock.h"

namespace longshore {

/// Kept findings with all that they stand on; none when made.
class StoreFindingsUnderTest {
 public:
  StoreFindingsUnderTest() = default;
  StoreFindingsUnderTest(const StoreFindingsUnderTest&) = delete;
  StoreFindingsUnderTest& operator=(const StoreFindingsUnderTest&) = delete;
  virtual ~StoreFindingsUnderTest() = default;

  virtual StoreFindings& findings() = 0;
};

struct StoreFindingsKind {
  std::string name;
  std::function<std::unique_ptr<StoreFindingsUnderTest>(const Clock&)> make;
};

inline void PrintTo(const StoreFindingsKind& kind, std::ostream* out) { *out << kind.name; }

/// What every keeper of findings must do.
class StoreFindingsSuite : public testing::TestWithParam<StoreFindingsKind> {
 protected:
  StoreFindings& findings() { return under_test_->findings(); }
  std::string text_of(const std::string& store) {
    const auto finding = await(findings().load_finding(store));
    return finding ? finding->text : "nothing";
  }

  ManualClock clock_;
  std::unique_ptr<StoreFindingsUnderTest> under_test_ = GetParam().make(clock_);
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreFindingsSuite);

TEST_P(StoreFindingsSuite, WhatIsKeptIsThereWithItsDate) {
  EXPECT_EQ(text_of("a"), "nothing");
  const Time kept_at = clock_.now();
  await(findings().keep_finding("a", "it can"));
  clock_.advance(Millis{5000});
  const auto finding = await(findings().load_finding("a"));
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->text, "it can");
  EXPECT_EQ(finding->found_at, kept_at);
  EXPECT_EQ(finding->now, clock_.now());
}

TEST_P(StoreFindingsSuite, ANewOneTakesThePlaceOfTheOld) {
  await(findings().keep_finding("a", "it can"));
  clock_.advance(Millis{5000});
  await(findings().keep_finding("a", "it cannot"));
  const auto finding = await(findings().load_finding("a"));
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->text, "it cannot");
  EXPECT_EQ(finding->found_at, clock_.now());
}

TEST_P(StoreFindingsSuite, EachStoreHasItsOwn) {
  await(findings().keep_finding("a", "it can"));
  await(findings().keep_finding("A", ""));
  EXPECT_EQ(text_of("a"), "it can");
  EXPECT_EQ(text_of("A"), "");
  EXPECT_EQ(text_of(""), "nothing");
  EXPECT_EQ(text_of("a "), "nothing");
}

}  // namespace longshore
