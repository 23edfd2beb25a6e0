#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/sim/body.h"
#include "tests/sim/server.h"
#include "tests/sim/upload_plan.h"
#include "tests/sim/world.h"

namespace longshore::sim {

/// The client went away and is never seen again.
struct Gone {};

/// One client: uploads this and that, is as sloppy as the profile has it, but does not give up before its
/// upload has come to an end, unless it goes away. Tells the invariants what it was told.
class Client {
 public:
  Client(World& world, std::string name, Dice dice) : world_(world), name_(std::move(name)), dice_(dice) {}

  Task<void> live();
  [[nodiscard]] bool is_done() const { return done_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& doing() const { return doing_; }

 private:
  /// The upload that is going on.
  struct Current {
    UploadPlan plan;
    UploadId id;
    std::string intent;                // its id
    std::optional<std::string> ended;  // how, once that is known
    int sent_all_again = 0;
    int waits = 0;
  };
  struct Crew;  // those who send parts at the same time
  class Shift;

  Task<void> upload(NodeId node);

  // Beginning
  Task<bool> initiate(Current& current);
  Task<bool> adopt(Current& current, UploadId id);

  // Sending
  Task<void> send_chunks(Current& current, std::deque<ChunkIndex> chunks);
  Task<void> work(Current& current, Shift crew);
  Task<void> send_chunk(Current& current, ChunkIndex chunk);
  Task<void> send_duplicate(Current& current, ChunkIndex chunk, Shift crew);
  Task<void> send_beginning(Current& current);
  static bool may_complete_early(const Current& current);
  Task<void> complete_early(Current& current);
  Task<void> complete_meanwhile(Current& current, Shift crew);
  Task<PartAnswer> try_chunk(Current& current, ChunkIndex chunk);
  Sending draw_sending(const Current& current, const std::string& bytes);
  void heard(Current& current, ChunkIndex chunk, const PartAnswer& answer);

  // Ending
  Task<void> finish(Current& current);
  Task<void> ask_to_complete(Current& current);
  Task<void> wait_for_completion(Current& current);
  Task<void> cancel(Current& current);
  Task<void> refused(Current& current, Error error);
  Task<CompleteAnswer> try_complete(Current& current);
  void ended_otherwise(Current& current, const Error& error);

  // Whole objects
  Task<void> put_whole(Current& current);
  [[nodiscard]] bool is_refused_rightly(const UploadPlan& plan, const Error& error) const;
  [[nodiscard]] const DriveProfile& profile_of(const UploadPlan& plan) const;

  // Afterwards
  Task<void> read_back(const Current& current);
  Task<void> remove(const Current& current);

  /// One request to some server.
  template <class T>
  Task<T> request(std::string what, std::function<Task<T>(ServerLife&)> verb);
  /// The same, until there is an answer that a further try will not change.
  template <class T>
  Task<T> insist(std::string what, std::function<Task<T>(ServerLife&)> verb);
  Task<void> pause() { return world_.sleep(dice_.between(Millis{100}, Millis{4000})); }
  /// Somebody must mend the store's configuration first.
  Task<void> pause_for_long() { return world_.sleep(dice_.between(Millis{2000}, Millis{30'000})); }
  /// When all is calm, whoever still waits does so for a deadline, and waits long.
  Task<void> be_patient() {
    return world_.calm ? world_.sleep(dice_.between(Millis{100}, Millis{40'000})) : pause();
  }
  [[nodiscard]] Caller caller(const Current& current) {
    return Caller{.request_id = current.intent + "/" + std::to_string(++requests_), .account_id = name_};
  }
  [[nodiscard]] const ClientHabits& habits() const { return world_.profile.habits; }
  /// Habits are for the time of trouble.
  [[nodiscard]] bool is_in_mood_for(double habit) { return !world_.calm && dice_.chance(habit); }

  World& world_;
  std::string name_;
  Dice dice_;
  bool done_ = false;
  std::string doing_;
  int intents_ = 0;
  int requests_ = 0;
};

}  // namespace longshore::sim
