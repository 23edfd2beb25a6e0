#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/sim/story.h"

namespace longshore::sim {

/// What came of one history.
struct Outcome {
  std::uint64_t seed = 0;
  std::optional<std::string> violation;  // nullopt: all invariants held
  std::uint64_t steps = 0;
  std::int64_t simulated_ms = 0;
};

/// Runs the history of a seed: trouble, then calm until every client is done, then quiet until everything is
/// settled. The same seed is the same history. Any thread; histories share nothing.
Outcome run_history(std::uint64_t seed, Story::Listener listener = {});

}  // namespace longshore::sim
