#include "tests/sim/profile.h"

#include <algorithm>

#include "net/buffer_pool.h"

namespace longshore::sim {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// A trouble that a history has or has not; if it has, more or less of it.
double some(Dice& dice, double most) {
  if (dice.chance(0.5)) return 0;
  return most * static_cast<double>(dice.between(1, 10)) / 10;
}
Millis every(Dice& dice, Millis least, Millis most) {
  return dice.chance(0.5) ? Millis{0} : dice.between(least, most);
}

PortFaults port_faults(Dice& dice, double most) {
  PortFaults faults;
  if (dice.chance(0.3)) return faults;
  faults.refused_later = some(dice, most);
  faults.request_lost = some(dice, most);
  faults.answer_lost = some(dice, most);
  faults.late = some(dice, most);
  faults.hangs = some(dice, most / 4);
  faults.slow = some(dice, most);
  faults.deadly = some(dice, most / 8);
  faults.late_max = dice.between(seconds{5}, seconds{40});
  return faults;
}

/// What a request to the store is late at most: well below the 15 minutes after which a completion counts as
/// over, and below orphan_age.
constexpr Millis kLateAtStore = minutes{10};

/// Longer than any upload lives; what a store that cannot be listed hides is gone then.
constexpr Millis kBucketLifecycle = minutes{100};

fakes::StoreProfile store_profile(Dice& dice) {
  using Profile = fakes::StoreProfile;
  Profile store;
  store.abort_of_unknown_succeeds = dice.chance(0.5);
  store.parts_in_flight_survive_abort = dice.chance(0.5);
  store.failed_resend_destroys_part = dice.chance(0.4);
  store.complete_again = dice.one_of({Profile::CompleteAgain::success, Profile::CompleteAgain::absent,
                                      Profile::CompleteAgain::absent, Profile::CompleteAgain::invalid_part});
  if (dice.chance(0.3)) store.double_complete_harms_for = dice.between(seconds{1}, minutes{10});
  if (dice.chance(0.2)) store.fresh_part_is_invalid_for = dice.between(Millis{1}, Millis{1500});
  store.etags = dice.one_of({Profile::ETags::of_content, Profile::ETags::of_try});
  if (dice.chance(0.2)) store.list_lag = dice.between(Millis{100}, seconds{20});
  store.lists_checksums = dice.chance(0.6);
  store.versioned = dice.chance(0.2);
  store.answers_checksums = dice.chance(0.7);
  if (dice.chance(0.5)) store.list_page = static_cast<std::size_t>(dice.between(1, 2));
  store.quota_ends_upload = dice.chance(0.3);
  store.get_piece_bytes = static_cast<std::size_t>(dice.between(1, 16));
  return store;
}

DriveProfile drive_profile(Dice& dice) {
  DriveProfile drive;
  drive.store = store_profile(dice);
  drive.limits.part_bytes_min = dice.between(2, 6);
  drive.limits.part_bytes_max = dice.between(8, 16);
  drive.limits.parts_max = dice.one_of({5, 12});
  drive.limits.object_bytes_max = 150;
  drive.limits.single_put_threshold = dice.between(0, 24);
  drive.limits.part_bytes_unknown_length = dice.between(drive.limits.part_bytes_min,
                                                        drive.limits.part_bytes_max);
  drive.limits.equal_parts = dice.chance(0.2);
  // Now and then the configuration says less than the store wants.
  drive.store.part_bytes_min = drive.limits.part_bytes_min + (dice.chance(0.05) ? 1 : 0);
  drive.store.equal_parts = drive.limits.equal_parts;
  drive.store.parts_max = drive.limits.parts_max;
  if (dice.chance(0.2)) drive.over_quota = 0.1;
  return drive;
}

ClientHabits client_habits(Dice& dice) {
  ClientHabits habits;
  habits.goes_away = some(dice, 0.02);
  habits.impatient = some(dice, 0.1);
  habits.corrupts = some(dice, 0.1);
  habits.cuts = some(dice, 0.1);
  habits.stalls = some(dice, 0.05);
  habits.trickles = some(dice, 0.05);
  habits.duplicates = some(dice, 0.2);
  habits.repeats = some(dice, 0.2);
  habits.cancels = some(dice, 0.2);
  habits.completes_twice = some(dice, 0.4);
  habits.completes_early = some(dice, 0.2);
  habits.deletes = some(dice, 0.2);
  habits.updates = some(dice, 0.5);
  habits.wrong_expectation = some(dice, 0.2);
  habits.whole_objects = some(dice, 0.5);
  return habits;
}

void draw_outage(Dice& dice, bool hurried, Profile& p) {
  p.outage = dice.one_of({Outage::away, Outage::throttled, Outage::forbidden});
  p.outage_for = hurried ? dice.between(p.policy.idle, 3 * p.policy.idle)
                         : dice.between(seconds{10}, minutes{2});
  p.chaos_for = std::max(p.chaos_for, p.outage_for + minutes{1});
}

}  // namespace

Profile Profile::of(std::uint64_t seed) {
  Dice dice(seed * 2 + 1);
  Profile p;
  p.servers = static_cast<int>(dice.between(1, 3));
  p.drives.push_back(drive_profile(dice));
  if (dice.chance(0.3)) p.drives.push_back(drive_profile(dice));

  p.policy.parts_in_flight_per_upload = static_cast<std::int32_t>(dice.between(2, 6));
  const bool hurried = dice.chance(0.3);
  p.policy.idle = hurried ? dice.between(seconds{50}, minutes{2}) : dice.between(minutes{15}, minutes{25});
  p.policy.lifetime = dice.between(minutes{40}, minutes{70});
  p.policy.orphan_age = dice.between(minutes{20}, minutes{40});
  p.policy.retention = std::chrono::hours{12};  // longer than settling may take
  p.memory_budget = dice.between(4, 12) * static_cast<std::int64_t>(BufferPool::kBufferBytes);

  const double most = dice.one_of({0.01, 0.03, 0.08});
  p.catalog = port_faults(dice, most);
  p.sessions = port_faults(dice, most);
  p.store = port_faults(dice, most);
  p.store.refused = some(dice, most / 2);
  p.store.late_max = dice.between(seconds{5}, kLateAtStore);
  p.events = port_faults(dice, most);

  p.habits = client_habits(dice);
  if (hurried) p.habits.lingers = 0.5;
  p.clients = static_cast<int>(dice.between(1, 4));
  p.uploads_a_client = static_cast<int>(dice.between(1, 2));
  p.names = static_cast<int>(dice.between(2, 6));
  p.chaos_for = dice.between(minutes{1}, minutes{5});
  if (hurried) p.chaos_for += minutes{3};
  p.crash_every = every(dice, seconds{5}, minutes{2});
  p.freeze_every = every(dice, seconds{20}, minutes{2});
  p.wipe_every = every(dice, seconds{5}, minutes{2});
  p.meddle_every = dice.chance(0.2) ? dice.between(seconds{10}, minutes{2}) : Millis{0};
  p.sweep_every = dice.between(seconds{10}, seconds{40});
  p.skew_max = dice.chance(0.3) ? dice.between(Millis{1}, minutes{5}) : Millis{0};
  bool any_resends = false;
  for (DriveProfile& drive : p.drives) {
    drive.store.lists_parts_of_unknown = dice.chance(0.2);
    // By the size alone a stranger's object may be taken for ours.
    drive.store.head_shows_metadata = p.meddle_every > Millis{0} || dice.chance(0.8);
    // Who has lost what is known of the parts cannot see it.
    const bool is_seen = drive.store.answers_checksums && drive.store.lists_checksums &&
                         p.wipe_every == Millis{0};
    if (is_seen && dice.chance(0.3)) drive.spoils = 0.1;
    if (dice.chance(0.15)) drive.store.unfinished_lifetime = dice.between(minutes{20}, minutes{60});
    drive.resends = dice.chance(0.4);
    any_resends = any_resends || drive.resends;
    if (dice.chance(0.8)) continue;
    drive.store.lists_uploads = false;
    drive.store.unfinished_lifetime = kBucketLifecycle;
  }
  // What a body is that is sent again is verified anew: that wants bodies that are wrong, and tries that
  // fail.
  if (any_resends) p.habits.corrupts *= 4;
  const double most_of_bodies = any_resends ? 4 * most : most;
  p.store.ended_badly = some(dice, most_of_bodies);
  p.store.body_cut = some(dice, most_of_bodies);
  p.store.throttled = some(dice, most_of_bodies);
  p.store.garbled = some(dice, most_of_bodies);
  if (dice.chance(0.15)) draw_outage(dice, hurried, p);
  p.sessions_skew = dice.between(-p.skew_max, p.skew_max);
  // Between a look at a row and what comes of it much may happen.
  if (dice.chance(0.25)) p.catalog.latency_max = dice.between(seconds{2}, seconds{8});
  return p;
}

}  // namespace longshore::sim
