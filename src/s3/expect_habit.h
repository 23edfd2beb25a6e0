#pragma once

#include <mutex>

#include "base/clock.h"

namespace longshore::s3 {

enum class ExpectContinue {
  automatic,  // large bodies wait for the store's word, unless it has shown that it says none
  on,         // also where it says none; but a store that refuses the question (417) is not asked for a while
  off,
};

/// Whether large bodies wait for the store to say that it wants them. Behind some proxies nobody ever says
/// so, and each body would wait in vain. Thread-safe.
class ExpectHabit {
 public:
  /// So many bodies in a row without a word, and none is waited for any more; for so long, as the store may
  /// only have been busy.
  static constexpr int kSilencesMax = 3;
  static constexpr Millis kNotForNow = std::chrono::hours{1};

  explicit ExpectHabit(ExpectContinue choice) : choice_(choice) {}

  [[nodiscard]] bool asks(Time now);
  /// A body was asked for; `silent`: no word came in the time that there was for it.
  void asked(bool silent, Time now);
  /// The store refuses the question (417), so whoever asks it has no answer to the request itself.
  void not_understood(Time now);

 private:
  const ExpectContinue choice_;
  std::mutex mutex_;
  int silences_ = 0;
  Time not_before_ = Time::min();
};

}  // namespace longshore::s3
