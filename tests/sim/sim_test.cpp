// The histories of every test run. LONGSHORE_SIM_SEEDS sets another number of them.
#include <charconv>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/sim/many.h"

namespace longshore::sim {
namespace {

constexpr std::uint64_t kSeeds = 2000;

std::uint64_t number_of_seeds() {
  const char* wanted = std::getenv("LONGSHORE_SIM_SEEDS");
  if (wanted == nullptr) return kSeeds;
  const std::string_view text = wanted;
  std::uint64_t seeds = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), seeds).ptr;
  if (end != text.data() + text.size() || seeds == 0)
    throw std::invalid_argument("LONGSHORE_SIM_SEEDS is no number");
  return seeds;
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
