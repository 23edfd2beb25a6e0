#pragma once

#include <functional>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "net/timers.h"

namespace longshore {

/// Runs both, until one ends: the other one is cancelled and awaited. True when that was `operation`, whose
/// exception is passed on; that of `rival` is not. An outer cancellation reaches both, and then `operation`'s
/// end counts. Both run on the caller's executor, never at the same time.
boost::asio::awaitable<bool> ends_before(boost::asio::awaitable<void> operation,
                                         boost::asio::awaitable<void> rival);

/// Runs `operation` for at most `limit`. Returns true when it ended in time; its exception is passed on. On
/// the limit it is cancelled, awaited, and false is returned. An outer cancellation is passed on to it.
boost::asio::awaitable<bool> ends_within(Timers& timers, Millis limit,
                                         boost::asio::awaitable<void> operation);

/// Runs `operation` and, beside it, `beat` every `period` until the operation has ended. When `beat` answers
/// false (the lease is lost) or throws, the operation is cancelled, awaited, and false is returned; else
/// true. Both run on the caller's executor, never at the same time.
boost::asio::awaitable<bool> with_heartbeat(Timers& timers, Millis period,
                                            std::function<boost::asio::awaitable<bool>()> beat,
                                            boost::asio::awaitable<void> operation);

}  // namespace longshore
