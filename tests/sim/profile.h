#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "domain/limits.h"
#include "tests/fakes/fake_object_store.h"
#include "tests/sim/dice.h"

namespace longshore::sim {

/// How often a call of one port goes wrong, and how; each a probability a call.
struct PortFaults {
  double refused_later = 0;  // not done; "try again"
  double refused = 0;        // not done; "no" (stores alone say so)
  double request_lost = 0;   // not done; no answer
  double answer_lost = 0;    // done; no answer
  double late = 0;           // given up by the caller, and done after that
  double hangs = 0;          // done or not; no answer for long
  double slow = 0;           // done and answered, late
  double deadly = 0;         // the server dies, before or after the effect
  double body_cut = 0;       // a body breaks off on its way
  double throttled = 0;      // not done; "try again", before a byte of a body was asked for
  double ended_badly = 0;    // done or not, and over; "internal error"
  double garbled = 0;        // a body arrives with other bytes; not done, "try again"
  Millis late_max{0};        // a late effect comes after so long at most
  Millis latency_max{0};     // of each way of a call that goes well, if it is more than usual
};

/// What a store does to everybody for a while.
enum class Outage { none, away, throttled, forbidden };

struct DriveProfile {
  StoreLimits limits;
  fakes::StoreProfile store;
  bool resends = false;   // its adapter tries again by itself
  double over_quota = 0;  // a completion: is refused
  double spoils = 0;      // a completion: makes another object than its parts
};

/// What clients are like in this history; each a probability.
struct ClientHabits {
  double goes_away = 0;   // a call: and is never seen again
  double impatient = 0;   // a call: disconnects before the answer
  double corrupts = 0;    // a part: bytes that are not those announced
  double cuts = 0;        // a part: stops in the middle
  double stalls = 0;      // a part: falls silent
  double trickles = 0;    // a part: bytes come slowly
  double lingers = 0;     // a part: comes long after the one before
  double duplicates = 0;  // a part: is sent twice at the same time
  double repeats = 0;     // a part: is sent again although it was acknowledged
  double cancels = 0;     // an upload
  double completes_twice = 0;
  double completes_early = 0;
  double deletes = 0;  // an ACTIVE node
  double updates = 0;  // an ACTIVE node
  double wrong_expectation = 0;
  double whole_objects = 0;  // an upload: one call for the whole object
};

/// Everything by which one history differs from another, drawn from the seed. Each history has some of the
/// troubles, few have all: a fault that is everywhere hides the others.
struct Profile {
  static Profile of(std::uint64_t seed);

  int servers = 1;
  std::vector<DriveProfile> drives;
  UploadPolicy policy;
  std::int64_t memory_budget = 0;  // a server's
  PortFaults catalog, sessions, store, events;
  ClientHabits habits;
  int clients = 1;
  int uploads_a_client = 1;
  int names = 4;          // so few of them that clients meet
  Millis chaos_for{0};    // after that all faults stop
  Millis crash_every{0};  // 0: never; else on average
  Millis freeze_every{0};
  Millis wipe_every{0};    // the session store loses everything
  Millis meddle_every{0};  // somebody else works at our keys
  Millis sweep_every{0};
  Outage outage = Outage::none;  // of all stores, once, for so long
  Millis outage_for{0};
  Millis skew_max{0};       // of a server's clock, ahead or behind
  Millis sessions_skew{0};  // of the session store's clock
};

}  // namespace longshore::sim
