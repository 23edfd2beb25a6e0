#include "tests/sim/history.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "tests/fakes/describe.h"
#include "tests/sim/client.h"
#include "tests/sim/trouble.h"
#include "tests/sim/world.h"

namespace longshore::sim {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// Within this, once all faults have stopped, every client must be done: the longest wait is for a completion
/// whose answer was lost at a store where a second one does harm (15 minutes), or for an abandoned upload
/// that holds the name.
constexpr Millis kCalmMax = hours{1};
/// Within this everything must be settled: the lives of abandoned uploads, two orphan ages, an hour for what
/// was replaced, and the sweep's own pauses.
constexpr Millis kSettleMax = hours{6};
/// Within this after their retention, rows that nobody needs are gone.
constexpr Millis kForgetMax = hours{2};
constexpr Millis kCalmSweep = std::chrono::seconds{20};
constexpr Millis kSettlingSweep = minutes{3};
constexpr Millis kForgettingSweep = minutes{30};
constexpr std::uint64_t kStepsMax = 2'000'000;  // more is a loop

class History {
 public:
  History(std::uint64_t seed, Story::Listener listener)
      : world_(seed, std::move(listener)), start_(world_.clock.now()) {
    for (int i = 0; i < world_.profile.clients; ++i) {
      clients_.push_back(std::make_unique<Client>(world_, "c" + std::to_string(i + 1), world_.dice.branch()));
    }
  }

  Outcome run(std::uint64_t seed) {
    for (const auto& client : clients_) start(world_.nature, client->live());
    cause_trouble(world_);
    run_until(world_.clock.now() + world_.profile.chaos_for);

    world_.story.tell("world", "all faults stop");
    world_.calm = true;
    world_.sweep_every = std::max(world_.sweep_every, kCalmSweep);
    if (!run_until(world_.clock.now() + kCalmMax, [this] { return all_done(); })) {
      world_.invariants.violated("liveness", who_is_not_done());
    }

    world_.story.tell("world", "all clients are done");
    world_.sweep_every = kSettlingSweep;
    for (std::size_t i = 1; i < world_.servers.size(); ++i) world_.servers[i]->retire();
    if (!run_until(world_.clock.now() + kSettleMax, [this] { return world_.invariants.is_settled(); })) {
      world_.invariants.violated("liveness", "not settled: " + world_.invariants.what_is_not_settled());
    }
    world_.invariants.look_at_the_end();
    check_buffers();

    world_.story.tell("world", "all is settled");
    world_.sweep_every = kForgettingSweep;
    if (!run_until(world_.clock.now() + world_.profile.policy.retention + kForgetMax,
                   [this] { return world_.invariants.is_forgotten(); })) {
      world_.invariants.violated("liveness", "never forgotten: " + world_.invariants.what_is_not_forgotten());
    }
    return {seed, world_.invariants.violation(), world_.scheduler.steps(),
            (world_.clock.now() - start_).count()};
  }

 private:
  /// Runs until `then`, or until `done`, which is asked about once a sweep. False: not done.
  bool run_until(Time then, const std::function<bool()>& done = {}) {
    while (world_.clock.now() < then && !world_.invariants.violation()) {
      if (done && done()) return true;
      const Time pause = std::min(then, world_.clock.now() + world_.sweep_every);
      start(world_.nature, world_.timers.sleep_for(pause - world_.clock.now()));  // time passes even if
                                                                                  // nothing else happens
      while (step(pause)) {
        if (world_.invariants.violation()) return true;
      }
    }
    return !done || done() || world_.invariants.violation();
  }

  /// An exception that leaves a coroutine of the simulation arrives here.
  bool step(Time until) {
    if (world_.scheduler.steps() > kStepsMax) world_.invariants.violated("liveness", "it runs for ever");
    try {
      return world_.scheduler.step(until);
    } catch (...) {
      world_.invariants.violated("error", fakes::describe(std::current_exception()));
    }
    return true;
  }

  [[nodiscard]] bool all_done() const {
    return std::ranges::all_of(clients_, [](const auto& client) { return client->is_done(); });
  }

  [[nodiscard]] std::string who_is_not_done() const {
    std::string text = "not done in time:";
    for (const auto& client : clients_) {
      if (!client->is_done()) text += " " + client->name() + " (" + client->doing() + ")";
    }
    return text;
  }

  /// I7: nobody holds memory when nobody does anything.
  void check_buffers() {
    for (const auto& server : world_.servers) {
      if (!server->is_up()) continue;
      const BufferPool& buffers = server->life().buffers();
      const auto held = buffers.in_use_bytes() + buffers.spare_bytes();
      if (held != 0)
        world_.invariants.violated("I7", std::to_string(held) + " bytes of buffers are never given back");
    }
  }

  World world_;
  Time start_;
  std::vector<std::unique_ptr<Client>> clients_;
};

}  // namespace

Outcome run_history(std::uint64_t seed, Story::Listener listener) {
  return History(seed, std::move(listener)).run(seed);
}

}  // namespace longshore::sim
