#pragma once

#include "apps/longshore/api_client.h"
#include "apps/longshore/console.h"
#include "net/blocking_pool.h"
#include "net/timers.h"

namespace longshore::cli {

/// What every command works with. Made by run() for one command; outlives it.
struct Session {
  ApiClient& api;
  Console& console;
  BlockingPool& pool;
  Timers& timers;
};

/// What a program may end with.
enum ExitCode : int { kDone = 0, kFailed = 1, kBadUsage = 2, kInterrupted = 130 };

}  // namespace longshore::cli
