#pragma once

#include "base/bytes.h"

namespace longshore {

/// Copies `from` to the front of `to`, which is as long and does not overlap it, past the cache: for bytes
/// that will hardly be read again. What is in the cache stays there, and memory is written without being read
/// first.
void cold_copy(MutableBytes to, ByteView from);

}  // namespace longshore
