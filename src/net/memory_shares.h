#pragma once

#include <cstdint>

/// How the memory budget is divided, in sixteenths: the one table of it (docs/adr/0016).
namespace longshore::memory_shares {

inline constexpr std::int64_t kAll = 16;

inline constexpr std::int64_t kReservations = 8;   // bodies that are held whole: never more
inline constexpr std::int64_t kUploads = 4;        // whatever else is in use: never less
inline constexpr std::int64_t kDownloads = 2;      // one buffer each, for as long as their clients like
inline constexpr std::int64_t kAnswers = 1;        // other answers likewise, outside of the buffers
inline constexpr std::int64_t kSmallMessages = 1;  // headers and small messages, outside of the buffers

static_assert(kReservations + kUploads + kDownloads + kAnswers + kSmallMessages == kAll);
static_assert(4 * kUploads >= kAll, "a quarter at least is for what comes in");

/// `budget` in bytes or in buffers; the result too, rounded down.
constexpr std::int64_t of(std::int64_t budget, std::int64_t share) { return budget * share / kAll; }

}  // namespace longshore::memory_shares
