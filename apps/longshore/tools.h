#pragma once

#include "apps/longshore/api_client.h"
#include "apps/longshore/console.h"
#include "net/blocking_pool.h"
#include "net/timers.h"

namespace longshore::cli {

/// What every command works with. Made by run() for one command; outlives it.
struct Tools {
  ApiClient& api;
  Console& console;
  BlockingPool& pool;
  Timers& timers;
};

}  // namespace longshore::cli
