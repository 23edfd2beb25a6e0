#include "tests/sim/server.h"

namespace longshore::sim {

namespace {

using std::chrono::seconds;

constexpr int kSweepAtOnce = 16;
constexpr int kDrainAtOnce = 32;
constexpr Millis kRestartMax = seconds{30};
constexpr Millis kCalmRestart = seconds{2};

}  // namespace

class ServerLife::HeardSink final : public EventSink {
 public:
  HeardSink(EventSink& inner, Invariants& invariants) : inner_(inner), invariants_(invariants) {}

  Task<std::vector<PublishResult>> publish(std::vector<OutboxRow> rows) override {
    const std::vector<OutboxRow> sent = rows;
    std::vector<PublishResult> results = co_await inner_.publish(std::move(rows));
    for (std::size_t i = 0; i < sent.size(); ++i) {
      if (!results[i]) invariants_.acknowledged_to_drainer(sent[i]);
    }
    co_return results;
  }

 private:
  EventSink& inner_;
  Invariants& invariants_;
};

ServerLife::ServerLife(World& world, std::string name, Dice dice, std::function<void()> die)
    : world_(world),
      process_(world.scheduler.add_process(name)),
      link_(world.links, dice.branch(), name, std::move(die)),
      dice_(dice.branch()),
      clock_(world.scheduler, dice.between(-world.profile.skew_max, world.profile.skew_max)),
      random_(dice.branch()),
      buffers_(world.profile.memory_budget),
      catalog_(world.catalog, link_),
      sessions_(world.sessions, link_),
      sink_(world.sink, link_),
      heard_(std::make_unique<HeardSink>(sink_, world.invariants)) {
  std::map<DriveName, Drive> drives;
  auto profile = world.profile.drives.begin();
  for (const auto& [drive, store] : world.stores) {
    StoreSeen& seen = stores_.try_emplace(drive, *store, link_, world.timers).first->second;
    ObjectStore* const as_seen = profile->resends ? static_cast<ObjectStore*>(&seen.resending) : &seen.faulty;
    drives[drive] = Drive{
        .name = drive, .store = as_seen, .limits = (profile++)->limits, .key_template = KeyTemplate()};
  }
  coordinator_ = std::make_unique<Coordinator>(
      Ports{catalog_, sessions_, heard_.get(), world.timers, clock_, random_, *buffers_}, std::move(drives),
      world.profile.policy, [this, name](std::string_view what, const std::string& detail) {
        world_.invariants.reported(what, detail);
        world_.story.tell(name, "reports ", what, ": ", detail);
      });
}

void ServerLife::start_loops() {
  start(process_, sweep_loop());
  start(process_, drain_loop());
}

Task<void> ServerLife::sweep_loop() {
  for (int looked_at = 0;;) {
    if (looked_at < kSweepAtOnce)
      co_await world_.sleep(dice_.between(world_.sweep_every / 2, world_.sweep_every * 3 / 2));
    looked_at = 0;
    try {
      looked_at = co_await coordinator_->sweep(kSweepAtOnce);
    } catch (const Error& error) {
      world_.story.tell(process_.name(), "sweep: ", error.message());
    }
  }
}

Task<void> ServerLife::drain_loop() {
  for (;;) {
    co_await world_.sleep(dice_.between(world_.sweep_every / 2, world_.sweep_every * 3 / 2));
    try {
      co_await coordinator_->drain_outbox(process_.name(), kDrainAtOnce);
    } catch (const Error& error) {
      world_.story.tell(process_.name(), "drain: ", error.message());
    }
  }
}

Server::Server(World& world, std::string name, Dice dice)
    : world_(world), name_(std::move(name)), dice_(dice) {}

void Server::boot() {
  ++lives_;
  all_lives_.push_back(std::make_unique<ServerLife>(world_, name_ + "." + std::to_string(lives_),
                                                    dice_.branch(), [this, life = lives_] {
                                                      if (life == lives_) crash();
                                                    }));
  life_ = all_lives_.back().get();
  world_.story.tell(life_->process().name(), "starts");
  life_->start_loops();
}

void Server::crash() {
  if (!is_up()) return;
  world_.story.tell(life_->process().name(), "dies");
  life_->process().kill();
  life_->link().break_off();
  start(world_.nature, restart_after(dice_.between(Millis{0}, world_.calm ? kCalmRestart : kRestartMax)));
}

Task<void> Server::restart_after(Millis delay) {
  co_await world_.sleep(delay);
  if (!retired_) boot();
}

void Server::retire() {
  retired_ = true;
  crash();
}

void Server::freeze(Millis duration) {
  Process& process = life_->process();
  if (process.dead() || process.frozen()) return;
  world_.story.tell(process.name(), "is frozen for ", duration.count(), " ms");
  process.freeze();
  start(world_.nature, thaw_after(process, duration));
}

Task<void> Server::thaw_after(Process& process, Millis delay) {
  co_await world_.sleep(delay);
  if (process.dead()) co_return;
  world_.story.tell(process.name(), "goes on");
  process.thaw();
}

void Server::look_at_memory() {
  const BufferPool& buffers = life_->buffers();
  world_.invariants.memory_in_use(buffers.in_use_bytes() + buffers.spare_bytes(), buffers.budget_bytes());
}

void Server::drop_buffers() {
  for (const auto& life : all_lives_) life->drop_buffers();
}

}  // namespace longshore::sim
