#include "apps/longshore/backoff.h"

#include <algorithm>

namespace longshore::cli {

std::optional<Millis> Backoff::next(const Failure& failure, Time now) {
  if (failure.cure == Failure::Cure::none) return std::nullopt;

  if (!row_ || now - row_->next_try > kLongestStall) row_ = Row{.began = now, .next_try = now};
  constexpr int kMostDoublings = 20;  // beyond any longest_wait; keeps the shift below in range
  const Millis ceiling = std::min(limits_.longest_wait,
                                  limits_.first_wait * (1 << std::min(row_->length, kMostDoublings)));
  ++row_->length;
  const Millis half = ceiling / 2;
  Millis wait = half + Millis{random_->below(static_cast<std::uint64_t>(half.count()) + 1)};
  if (failure.retry_after) wait = std::max(wait, *failure.retry_after);
  row_->next_try = now + wait;
  if (row_->next_try - row_->began > limits_.give_up_after) return std::nullopt;
  return wait;
}

}  // namespace longshore::cli
