#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>

#include "aws/credentials.h"
#include "aws/credentials_source.h"
#include "base/clock.h"
#include "base/random.h"
#include "net/shared_run.h"
#include "obs/log.h"

namespace longshore::aws {

/// Credentials of a source, fetched ahead of their expiry, one fetch at a time whoever and how many ask. A
/// fetch belongs to nobody: the request that caused it may be cancelled, and others wait for it all the same.
/// When it fails, the old credentials serve on until the server rejects them.
///
/// Thread-safe. stop() it before the loops end.
class RefreshingProvider final : public CredentialsProvider {
 public:
  /// New ones are fetched when this much is left of the old ones' life, or half of what they had if that is
  /// less; a little earlier by chance, so that servers that began together do not stay together.
  static constexpr Millis kAhead{10 * 60'000};
  /// After a fetch that failed: while the old ones are good, and otherwise.
  static constexpr Millis kPauseWhileGood{30'000};
  static constexpr Millis kPauseWhileBad{1'000};
  /// After a fetch that gave the old ones again although the server has rejected them.
  static constexpr Millis kPauseWhileSame{5'000};

  /// The clock, the randomness and what the source refers to must outlive it.
  RefreshingProvider(std::unique_ptr<CredentialsSource> source, const Clock& clock, Random& random, Log log);
  ~RefreshingProvider() override;

  Task<CredentialsPtr> get() override;
  Task<CredentialsPtr> renew(CredentialsPtr rejected) override;

  /// Ends a fetch under way, and lets no other one begin.
  Task<void> stop();

 private:
  Task<CredentialsPtr> wait_for_fetch(std::uint64_t fetches_seen);
  Task<void> fetch();
  void take(Credentials fetched);
  void bear(std::exception_ptr error);

  // With mutex_ held.
  [[nodiscard]] bool is_usable() const { return current_ && current_ != rejected_; }
  [[nodiscard]] bool is_good(Time now) const;
  [[nodiscard]] bool has_just_failed(Time now) const {
    return last_error_ && !fetches_.is_running() && now < next_fetch_;
  }
  Millis about(Millis pause);

  const std::unique_ptr<CredentialsSource> source_;
  const Clock& clock_;
  Random& random_;
  const Log log_;

  std::mutex mutex_;               // of what follows, up to the fetches
  CredentialsPtr current_;         // null: never fetched
  CredentialsPtr rejected_;        // by the server, and not fetched anew since
  Time next_fetch_ = Time::min();  // not before
  Time next_renewal_ = Time::min();
  std::exception_ptr last_error_;  // of the last fetch; null: it went well

  SharedRun fetches_{[this] { return fetch(); }};
};

}  // namespace longshore::aws
