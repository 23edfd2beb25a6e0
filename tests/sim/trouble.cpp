#include "tests/sim/trouble.h"

#include <algorithm>

#include "tests/sim/server.h"

namespace longshore::sim {

namespace {

constexpr Millis kFreezeMax = std::chrono::seconds{50};  // longer than a lease

Server& any_server(World& world, Dice& dice) { return *dice.one_of(world.servers); }

Task<void> crash_servers(World& world, Dice dice, Millis every) {
  for (;;) {
    co_await world.sleep(dice.between(Millis{0}, 2 * every));
    if (world.calm) co_return;
    any_server(world, dice).crash();
  }
}

/// Until an upload is being completed, if that comes soon.
Task<void> wait_for_completion(World& world) {
  constexpr int kLooks = 40;
  constexpr Millis kPause{250};
  const auto completes = [](const auto& row) {
    return row.second.operation.state == OperationState::completing;
  };
  for (int i = 0; i < kLooks && std::ranges::none_of(world.catalog.operations(), completes); ++i)
    co_await world.sleep(kPause);
}

Task<void> freeze_servers(World& world, Dice dice, Millis every) {
  for (;;) {
    co_await world.sleep(dice.between(Millis{0}, 2 * every));
    if (dice.chance(0.5)) co_await wait_for_completion(world);  // whose lease then runs out
    if (world.calm) co_return;
    any_server(world, dice).freeze(dice.between(Millis{1}, kFreezeMax));
  }
}

Task<void> strike_stores(World& world, Dice dice) {
  const Profile& profile = world.profile;
  co_await world.sleep(dice.between(Millis{0}, profile.chaos_for - profile.outage_for));
  world.story.tell("world", "the stores are away, or say no, for ", profile.outage_for.count(), " ms");
  world.outage = profile.outage;
  co_await world.sleep(profile.outage_for);
  world.outage = Outage::none;
}

Task<void> wipe_sessions(World& world, Dice dice, Millis every) {
  for (;;) {
    co_await world.sleep(dice.between(Millis{0}, 2 * every));
    if (world.calm) co_return;
    world.story.tell("world", "the session store loses everything");
    world.sessions.lose_everything();
  }
}

/// Somebody else aborts an upload of ours, as a bucket's lifecycle rule may, or writes an object to its key.
void take_away(World& world, Dice& dice, fakes::FakeObjectStore& store) {
  if (store.uploads().empty()) return;
  auto victim = store.uploads().begin();
  std::advance(victim, dice.below(store.uploads().size()));
  const StoreUploadId id = victim->first;
  const ObjectKey key = victim->second.request.key;
  world.story.tell("world", "somebody takes ", id.str(), " away");
  world.invariants.meddled(key);
  if (store.object(key) == nullptr && dice.chance(0.5)) store.put_strange_object(key, "a stranger's bytes");
  store.drop_upload(id);
}

/// Somebody else begins an upload at a key of ours that has none yet.
void begin_before_us(World& world, fakes::FakeObjectStore& store) {
  for (const auto& [id, row] : world.catalog.operations()) {
    const Operation& op = row.operation;
    if (op.state != OperationState::open || op.store_upload || world.stores.at(op.drive).get() != &store)
      continue;
    world.story.tell("world", "somebody begins an upload at ", op.key.str());
    store.start_strange_upload(op.key);
    return;
  }
}

Task<void> meddle(World& world, Dice dice, Millis every) {
  for (;;) {
    co_await world.sleep(dice.between(Millis{0}, 2 * every));
    if (world.calm) co_return;
    for (const auto& [drive, store] : world.stores) {
      if (dice.chance(0.5)) {
        take_away(world, dice, *store);
      } else {
        begin_before_us(world, *store);
      }
    }
  }
}

}  // namespace

void cause_trouble(World& world) {
  const Profile& profile = world.profile;
  if (profile.outage != Outage::none) start(world.nature, strike_stores(world, world.dice.branch()));
  if (profile.crash_every > Millis{0})
    start(world.nature, crash_servers(world, world.dice.branch(), profile.crash_every));
  if (profile.freeze_every > Millis{0})
    start(world.nature, freeze_servers(world, world.dice.branch(), profile.freeze_every));
  if (profile.wipe_every > Millis{0})
    start(world.nature, wipe_sessions(world, world.dice.branch(), profile.wipe_every));
  if (profile.meddle_every > Millis{0})
    start(world.nature, meddle(world, world.dice.branch(), profile.meddle_every));
}

}  // namespace longshore::sim
