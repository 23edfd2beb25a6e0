#include "front/grpc/reading_time.h"

#include <algorithm>

#include "net/race.h"

namespace longshore::grpc {

Task<void> wait_for_client(Signal& changed, Patience& patience, const ReadingTime& time, Timers& timers) {
  constexpr Millis kLook = std::chrono::seconds{1};  // whether the connection is read again
  const auto start = time.now();
  const Millis limit = time.stands_still() ? std::max(patience.left(), kLook) : patience.left();
  co_await ends_within(timers, limit, changed.wait());
  patience.waited(time.now() - start);
}

}  // namespace longshore::grpc
