#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/fakes/memory_catalog.h"
#include "tests/fakes/memory_event_sink.h"
#include "tests/fakes/memory_session_store.h"
#include "tests/sim/intents.h"
#include "tests/sim/invariants.h"
#include "tests/sim/link.h"
#include "tests/sim/profile.h"
#include "tests/sim/scheduler.h"
#include "tests/sim/story.h"

namespace longshore::sim {

class Server;

/// Everything that the servers and clients of one history share.
struct World {
  World(std::uint64_t seed, Story::Listener listener);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// What this drive's store does by itself.
  fakes::StoreHooks hooks_of(const DriveProfile& drive);
  /// A server that is up, or any if none is.
  Server& some_server(Dice& dice);
  [[nodiscard]] Task<void> sleep(Millis duration) { return timers.sleep_for(duration); }

  const Profile profile;
  Dice dice;
  Scheduler scheduler;
  Process& nature;
  SimClock clock;
  SimClock sessions_clock;
  SimTimers timers;
  Story story;
  bool calm = false;  // no faults any more
  Outage outage = Outage::none;
  Millis sweep_every;  // the servers' pause between sweeps: longer when only deadlines are left to wait for
  MemoryCatalog catalog;
  MemorySessionStore sessions;
  Stores stores;
  MemoryEventSink sink;
  Intents intents;
  Invariants invariants;
  LinkWorld links;
  Dice store_dice;
  std::vector<std::unique_ptr<Server>> servers;
};

}  // namespace longshore::sim
