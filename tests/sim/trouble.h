#pragma once

#include "tests/sim/world.h"

namespace longshore::sim {

/// Starts whatever troubles the history's profile asks for, beside faults of calls: servers that die and that
/// freeze, a session store that loses everything, somebody else who meddles with our uploads at the store.
/// They end when the world is calm.
void cause_trouble(World& world);

}  // namespace longshore::sim
