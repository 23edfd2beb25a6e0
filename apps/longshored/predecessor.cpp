#include "apps/longshored/predecessor.h"

#include "apps/longshored/fronts.h"
#include "apps/longshored/run.h"
#include "domain/error.h"

namespace longshore::server {
namespace {

// A killed process has its memory and its files to give back; more than this, and it is not ending.
constexpr Millis kPatience{5000};
constexpr Millis kPause{100};

}  // namespace

sqlite::DataFolder take_over(const Config& config, Timers& timers, const Log& log) {
  for (Millis waited{0};; waited += kPause) {
    try {
      require_free_ports(config);
      return sqlite::DataFolder(config.data_dir.string());
    } catch (const Error& error) {
      if (error.outcome() != Outcome::retry || waited >= kPatience) throw;
      if (waited == Millis{0})
        log.warn("waiting for another process to end", {{"why", error.what()}, {"at_most_ms", kPatience}});
    }
    run_to_end(timers.sleep_for(kPause));
  }
}

}  // namespace longshore::server
