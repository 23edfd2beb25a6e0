#pragma once

#include <map>  // planted code uses it
#include <string>
#include <string_view>

/// The one deliberate bug that is on; empty: none. Set before histories run. What is shipped knows nothing of
/// it: plant.py writes the switches into copies of the sources.
inline std::string_view the_deliberate_bug;

/// Whether this bug is on; stands in planted code.
inline bool bug(std::string_view name) { return name == the_deliberate_bug; }
