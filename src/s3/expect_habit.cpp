#include "s3/expect_habit.h"

namespace longshore::s3 {

bool ExpectHabit::asks(Time now) {
  if (choice_ == ExpectContinue::off) return false;
  const std::lock_guard lock(mutex_);
  return now >= not_before_;
}

void ExpectHabit::asked(bool silent, Time now) {
  if (choice_ == ExpectContinue::on) return;
  const std::lock_guard lock(mutex_);
  silences_ = silent ? silences_ + 1 : 0;
  if (silences_ < kSilencesMax) return;
  silences_ = 0;
  not_before_ = now + kNotForNow;
}

void ExpectHabit::not_understood(Time now) {
  const std::lock_guard lock(mutex_);
  not_before_ = now + kNotForNow;
}

}  // namespace longshore::s3
