#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "net/shared_run.h"
#include "obs/metrics.h"
#include "ports/store_findings.h"
#include "s3/options.h"
#include "s3/probe.h"

namespace longshore::s3 {

/// What is known of a store: by its profile, and by trying it (probe.h). What was tried is kept for a day, in
/// the catalog, so a restart does not try again; then it is tried anew while the old serves on. Nobody but
/// the first callers ever waits for it, and they wait for one trial together. Thread-safe.
class Knowledge {
 public:
  static constexpr Millis kGoodFor = std::chrono::hours{24};
  /// Before a trial is repeated that failed, or left doubts, while the old finding serves.
  static constexpr Millis kPauseAfterFailure = std::chrono::minutes{5};
  /// A store that always meets an unknown algorithm with an error of its own: so many trials in a row that
  /// come to the same are believed.
  static constexpr int kDoubtfulTrialsMax = 3;

  /// All but the options outlive it.
  Knowledge(const S3Options& options, Client& client, const ClientTools& tools, StoreFindings& findings,
            Metrics& metrics);

  /// How parts of uploads that are created now carry checksums. Where none is configured that is known before
  /// any trial, and only the profile is looked for. Throws Error if nothing is known: the store
  /// does not answer, does not let us in, or takes no checksums although it must; asked again at the next
  /// call.
  Task<ChecksumPlan> checksum_plan();
  [[nodiscard]] const Profile& profile() const;

  /// Ends a trial under way, which takes some seconds at most for what it leaves at the store; before the
  /// loops end.
  Task<void> stop() { return trials_.stop(); }

 private:
  Task<void> look();
  Task<void> find_out();
  Task<bool> recall();
  Task<void> remember(const Found& found);
  void check(const Found& found) const;
  void take(const Found& found, Time good_until);
  void bear(Error failure);
  bool leaves_doubt(const Found& found);
  [[nodiscard]] bool is_something_known() const;
  [[nodiscard]] bool lacks_checksums(const Found& found) const;
  [[nodiscard]] bool must_take_checksums() const;
  [[nodiscard]] std::string name() const;
  [[nodiscard]] bool is_told_profile() const;

  const S3Options options_;
  Client& client_;
  const Clock& clock_;
  Random& random_;
  Timers& timers_;
  const Log log_;
  StoreFindings& findings_;
  Metrics& metrics_;

  mutable std::mutex mutex_;  // of what follows, up to the trials
  const Profile* profile_;
  std::optional<ChecksumPlan> plan_;  // nullopt: never found out
  Time look_again_at_ = Time::max();
  std::optional<Error> failure_;   // of the last trial
  std::optional<Found> doubtful_;  // what the last trials came to, if that left doubts
  int doubtful_trials_ = 0;        // in a row

  SharedRun trials_{[this] { return look(); }};
};

}  // namespace longshore::s3
