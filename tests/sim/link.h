#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/fakes/faults.h"
#include "tests/sim/profile.h"
#include "tests/sim/scheduler.h"
#include "tests/sim/story.h"

namespace longshore::sim {

/// What all links of a history share.
struct LinkWorld {
  const Profile& profile;
  Process& nature;  // where effects happen
  Timers& timers;
  Story& story;
  const bool& calm;      // no faults any more
  const Outage& outage;  // of the stores, at this moment
  std::function<void(const fakes::CallSite&)> happened;
};

/// One life of a server, and its way to the world: fates by the profile's probabilities.
class SimLink final : public fakes::Link {
 public:
  SimLink(LinkWorld& world, Dice dice, std::string server, std::function<void()> die)
      : world_(world), dice_(dice), server_(std::move(server)), die_(std::move(die)) {}

  fakes::Fate fate_of(const fakes::CallSite& site) override;
  void server_dies() override { die_(); }
  void on_death(std::function<void()> action) override { on_death_.push_back(std::move(action)); }
  void spawn_in_world(Task<void> work) override;
  Timers& world_timers() override { return world_.timers; }
  void happened(const fakes::CallSite& site) override { world_.happened(site); }
  [[nodiscard]] bool tells() const override { return world_.story.is_told(); }
  void tell(const fakes::CallSite& site, const std::string& arguments, const fakes::Fate& fate,
            const std::string& outcome) override;

  /// The server is dead: whatever was on its way from it breaks off.
  void break_off();

 private:
  [[nodiscard]] const PortFaults& faults_of(const fakes::CallSite& site) const;
  void trouble(fakes::Fate& fate, const fakes::CallSite& site);
  void outage(fakes::Fate& fate, const fakes::CallSite& site);
  void trouble_with_body(fakes::Fate& fate, const fakes::CallSite& site);

  LinkWorld& world_;
  Dice dice_;
  std::string server_;
  std::function<void()> die_;
  std::vector<std::function<void()>> on_death_;
};

/// Starts a coroutine on a process. An exception that leaves it leaves Scheduler::step().
void start(Process& process, Task<void> work);

}  // namespace longshore::sim
