#pragma once

#include "apps/longshore/console.h"
#include "apps/longshore/options.h"

namespace longshore::cli {

/// Runs one command on a loop of its own and returns the exit code. The first SIGINT or SIGTERM ends the
/// command in good order (130: an upload stays open to be gone on with), the second one ends the process at
/// once.
int run(const Options& options, Console::Streams streams);

}  // namespace longshore::cli
