#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/history.h"

namespace longshore::sim {

/// What came of many histories.
struct Tally {
  std::uint64_t histories = 0;
  std::uint64_t steps = 0;
  double seconds = 0;
  std::vector<Outcome> failed;  // by seed; at most kFailuresMax
};
inline constexpr std::size_t kFailuresMax = 50;  // after that nothing more is learnt

/// Runs the histories of seeds first..last, both included, on so many threads (0: one a core), until all are
/// done, or until `failures_max` have failed.
Tally run_histories(std::uint64_t first, std::uint64_t last, unsigned threads,
                    std::size_t failures_max = kFailuresMax);

/// "2000 histories in 5.1 s, 390 a second".
std::string in_words(const Tally& tally);

/// All that happened in the history of a seed, line by line.
std::string tell_history(std::uint64_t seed);

}  // namespace longshore::sim
