// The histories of every test run. LONGSHORE_SIM_SEEDS sets another number of them.
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "tests/sim/many.h"

namespace longshore::sim {
namespace {

constexpr std::uint64_t kSeeds = 2000;

std::uint64_t number_of_seeds() {
  const char* wanted = std::getenv("LONGSHORE_SIM_SEEDS");
  return wanted == nullptr ? kSeeds : std::stoull(wanted);
}

TEST(Simulation, AllInvariantsHoldInEveryHistory) {
  const Tally tally = run_histories(1, number_of_seeds(), 0, 1);
  std::printf("%s\n", in_words(tally).c_str());
  for (const Outcome& failed : tally.failed) {
    std::printf("%s", tell_history(failed.seed).c_str());
    ADD_FAILURE() << "seed " << failed.seed << ": " << *failed.violation << "\nreplay it: sim --seed "
                  << failed.seed << " --trace";
  }
}

TEST(Simulation, TheSameSeedIsTheSameHistory) {
  for (const std::uint64_t seed : {1, 2, 3}) EXPECT_EQ(tell_history(seed), tell_history(seed));
}

}  // namespace
}  // namespace longshore::sim
