// The simulation must catch each deliberate bug, and must not cry when none is on.
#include <cstdio>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "planted_bugs.h"
#include "tests/sim/many.h"
#include "tests/sim_bugs/deliberate_bug.h"

/// For GoogleTest.
static void PrintTo(const PlantedBug& planted, std::ostream* out) { *out << planted.name; }

namespace longshore::sim {
namespace {

/// One bug on, while it lives.
class SwitchedOn {
 public:
  explicit SwitchedOn(const char* name) { the_deliberate_bug = name; }
  SwitchedOn(const SwitchedOn&) = delete;
  SwitchedOn& operator=(const SwitchedOn&) = delete;
  ~SwitchedOn() { the_deliberate_bug = {}; }
};

class DeliberateBug : public testing::TestWithParam<PlantedBug> {};

TEST_P(DeliberateBug, IsCaught) {
  const PlantedBug& planted = GetParam();
  const SwitchedOn bug(planted.name);
  const Tally tally = run_histories(1, planted.within, 0, 1);
  ASSERT_FALSE(tally.failed.empty()) << planted.what << ": " << planted.within << " seeds did not notice";
  const Outcome& first = tally.failed.front();
  std::printf("%s: seed %llu, %s\n", planted.name, static_cast<unsigned long long>(first.seed),
              first.violation->c_str());
}

INSTANTIATE_TEST_SUITE_P(Each, DeliberateBug, testing::ValuesIn(kPlantedBugs),
                         [](const auto& parameter) { return std::string(parameter.param.name); });

TEST(DeliberateBugs, AreHarmlessWhileTheyAreOff) {
  constexpr std::uint64_t kSeeds = 100;
  const Tally tally = run_histories(1, kSeeds, 0, 1);
  for (const Outcome& failed : tally.failed)
    ADD_FAILURE() << "seed " << failed.seed << ": " << *failed.violation;
}

TEST(DeliberateBugs, AreSixteenAtLeast) { EXPECT_GE(std::size(kPlantedBugs), 16U); }

}  // namespace
}  // namespace longshore::sim
