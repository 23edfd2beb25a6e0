#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace longshore {

inline constexpr std::int64_t KiB = 1024;
inline constexpr std::int64_t MiB = 1024 * KiB;
inline constexpr std::int64_t GiB = 1024 * MiB;
inline constexpr std::int64_t TiB = 1024 * GiB;

/// "5MiB", "100 MB", "42B", "0": B, kB MB GB TB (10^3), KiB MiB GiB TiB (2^10); a bare number is bytes only
/// if it is 0. nullopt: unknown unit, missing unit, negative, or beyond 2^63-1. Fractions ("1.5GiB") are
/// taken where they are whole bytes.
std::optional<std::int64_t> parse_size(std::string_view text);
/// "500ms", "10s", "5m", "24h", "6d"; the same rules.
std::optional<Millis> parse_duration(std::string_view text);

/// For people: "1.5 GiB", "312 B"; "2m 05s", "350 ms".
std::string format_size(std::int64_t bytes);
std::string format_duration(Millis duration);

}  // namespace longshore
