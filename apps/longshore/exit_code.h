#pragma once

namespace longshore::cli {

/// What the program may end with.
enum ExitCode : int { kDone = 0, kFailed = 1, kBadUsage = 2, kInterrupted = 130 };

}  // namespace longshore::cli
