#include "tests/sim/world.h"

#include <utility>

#include "tests/sim/server.h"

namespace longshore::sim {

namespace {

constexpr Millis kPagePauseMax = std::chrono::seconds{2};

/// From the reading of a session to the commit there are a few calls, each of which may take as long as the
/// profile lets it (a list, its pages), and the server may stand still.
Millis sweep_may_lag(const Profile& profile) {
  Millis lag = std::chrono::seconds{20};
  for (const PortFaults* faults : {&profile.catalog, &profile.sessions, &profile.store}) {
    if (faults->hangs > 0) lag += std::chrono::minutes{3};
    if (faults->late > 0 || faults->slow > 0 || faults->answer_lost > 0 || faults->request_lost > 0)
      lag += std::chrono::seconds{40};
    lag += 10 * faults->latency_max;
  }
  if (profile.freeze_every > Millis{0}) lag += std::chrono::minutes{1};
  return lag;
}

}  // namespace

World::World(std::uint64_t seed, Story::Listener listener)
    : profile(Profile::of(seed)),
      dice(seed),
      scheduler(dice.branch()),
      nature(scheduler.add_process("world")),
      clock(scheduler),
      sessions_clock(scheduler, profile.sessions_skew),
      timers(scheduler),
      story(clock, std::move(listener)),
      sweep_every(profile.sweep_every),
      catalog(clock),
      sessions(sessions_clock),
      invariants(Truth{clock, sessions_clock, profile, sweep_may_lag(profile), catalog, sessions, stores,
                       sink, intents}),
      links{profile,
            nature,
            timers,
            story,
            calm,
            outage,
            [this](const fakes::CallSite& site) {
              invariants.look(site);
              for (const auto& server : servers) server->look_at_memory();
            }},
      store_dice(dice.branch()) {
  for (std::size_t i = 0; i < profile.drives.size(); ++i) {
    const DriveName name(i == 0 ? "default" : "drive" + std::to_string(i));
    stores.emplace(name, std::make_unique<fakes::FakeObjectStore>(clock, profile.drives[i].store,
                                                                  hooks_of(profile.drives[i])));
  }
  for (int i = 0; i < profile.servers; ++i) {
    servers.push_back(std::make_unique<Server>(*this, "s" + std::to_string(i + 1), dice.branch()));
    servers.back()->boot();
  }
}

World::~World() {
  scheduler.drop_everything();
  for (const auto& server : servers) server->drop_buffers();
  scheduler.drop_everything();
}

fakes::StoreHooks World::hooks_of(const DriveProfile& drive) {
  using Completion = fakes::StoreHooks::Completion;
  fakes::StoreHooks hooks;
  hooks.between_pages = [this] { return sleep(store_dice.between(Millis{0}, kPagePauseMax)); };
  hooks.completion = [this, &drive](const CompleteUpload& request) {
    if (calm) return Completion::well;
    if (store_dice.chance(drive.over_quota)) {
      if (drive.store.quota_ends_upload) invariants.meddled(request.key);
      return Completion::over_quota;
    }
    const bool is_seen = request.crc32c.has_value();
    return is_seen && store_dice.chance(drive.spoils) ? Completion::spoilt : Completion::well;
  };
  return hooks;
}

Server& World::some_server(Dice& chooser) {
  std::vector<Server*> up;
  for (const auto& server : servers) {
    if (server->is_up()) up.push_back(server.get());
  }
  return up.empty() ? *servers[chooser.below(servers.size())] : *chooser.one_of(up);
}

}  // namespace longshore::sim
