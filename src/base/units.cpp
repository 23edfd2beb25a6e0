#include "base/units.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <span>

namespace longshore {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array<Unit, 9> kSizeUnits{{{"B", 1},
                                          {"kB", 1'000},
                                          {"MB", 1'000'000},
                                          {"GB", 1'000'000'000},
                                          {"TB", 1'000'000'000'000},
                                          {"KiB", KiB},
                                          {"MiB", MiB},
                                          {"GiB", GiB},
                                          {"TiB", TiB}}};

constexpr std::array<Unit, 5> kDurationUnits{
    {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};

/// Six decimals times the largest unit (2^40) still fit into 63 bits.
constexpr std::size_t kFractionDigitsMax = 6;

/// Takes the digits at the start of `text` off it.
std::string_view take_digits(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  return digits;
}

std::optional<std::int64_t> to_number(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> factor_of(std::string_view name, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (unit.name == name) return unit.factor;
  }
  return std::nullopt;
}

/// quantity = digits [ "." digits ] [ " " ] unit / "0"
std::optional<std::int64_t> parse_quantity(std::string_view text, std::span<const Unit> units) {
  if (text == "0") return 0;
  const auto whole = to_number(take_digits(text));
  if (!whole) return std::nullopt;

  std::int64_t fraction = 0;
  std::int64_t scale = 1;  // the value is whole + fraction / scale
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const std::string_view digits = take_digits(text);
    if (digits.empty() || digits.size() > kFractionDigitsMax) return std::nullopt;
    fraction = to_number(digits).value();
    for (std::size_t i = 0; i < digits.size(); ++i) scale *= 10;
  }
  if (text.starts_with(' ')) text.remove_prefix(1);
  const auto factor = factor_of(text, units);
  if (!factor) return std::nullopt;

  std::int64_t result = 0;
  if (fraction * *factor % scale != 0 || __builtin_mul_overflow(*whole, *factor, &result) ||
      __builtin_add_overflow(result, fraction * *factor / scale, &result)) {
    return std::nullopt;
  }
  return result;
}

std::string two_units(std::int64_t large, const char* large_name, std::int64_t small,
                      const char* small_name) {
  std::array<char, 48> text;
  std::snprintf(text.data(), text.size(), "%lld%s %02lld%s", static_cast<long long>(large), large_name,
                static_cast<long long>(small), small_name);
  return text.data();
}

/// One decimal, left out where it is 0: 15 tenths are "1.5", 20 are "2".
std::string from_tenths(std::uint64_t tenths) {
  const std::string whole = std::to_string(tenths / 10);
  return tenths % 10 == 0 ? whole : whole + "." + std::to_string(tenths % 10);
}

constexpr std::array<Unit, 4> kShownUnits{{{"KiB", KiB}, {"MiB", MiB}, {"GiB", GiB}, {"TiB", TiB}}};

/// How many tenths of the unit, rounded.
std::uint64_t tenths_of(std::uint64_t bytes, const Unit& unit) {
  const auto factor = static_cast<std::uint64_t>(unit.factor);
  return bytes / factor * 10 + (bytes % factor * 10 + factor / 2) / factor;
}

}  // namespace

std::optional<std::int64_t> parse_size(std::string_view text) { return parse_quantity(text, kSizeUnits); }

std::optional<Millis> parse_duration(std::string_view text) {
  const auto ms = parse_quantity(text, kDurationUnits);
  if (!ms) return std::nullopt;
  return Millis{*ms};
}

std::string format_size(std::int64_t bytes) {
  const std::string sign = bytes < 0 ? "-" : "";
  const std::uint64_t magnitude = bytes < 0 ? 0 - static_cast<std::uint64_t>(bytes)
                                            : static_cast<std::uint64_t>(bytes);
  if (magnitude < 1024) return sign + std::to_string(magnitude) + " B";

  std::size_t unit = 0;
  while (unit + 1 < kShownUnits.size() && tenths_of(magnitude, kShownUnits[unit]) >= 10 * 1024) ++unit;
  return sign + from_tenths(tenths_of(magnitude, kShownUnits[unit])) + " " +
         std::string(kShownUnits[unit].name);
}

std::string format_duration(Millis duration) {
  using namespace std::chrono;
  if (duration < Millis{0}) return "-" + format_duration(-std::max(duration, -Millis::max()));
  if (duration < seconds{1}) return std::to_string(duration.count()) + " ms";
  if (duration < minutes{1}) return from_tenths(static_cast<std::uint64_t>(duration.count() / 100)) + " s";
  const hh_mm_ss parts{duration_cast<seconds>(duration % days{1})};
  if (duration < hours{1}) return two_units(parts.minutes().count(), "m", parts.seconds().count(), "s");
  if (duration < days{1}) return two_units(parts.hours().count(), "h", parts.minutes().count(), "m");
  return two_units(duration / days{1}, "d", parts.hours().count(), "h");
}

}  // namespace longshore
