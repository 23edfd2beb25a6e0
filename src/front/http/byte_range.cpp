#include "front/http/byte_range.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/ascii.h"

namespace longshore::http {
namespace {

bool is_digits(std::string_view text) { return !text.empty() && std::ranges::all_of(text, ascii::is_digit); }

/// Saturates: a number beyond 2^63-1 is beyond every object.
std::int64_t number(std::string_view digits) {
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc{} ? value : std::numeric_limits<std::int64_t>::max();
}

}  // namespace

RangeAnswer decide_range(std::string_view value, std::int64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!value.starts_with(kUnit)) return {};
  const std::string_view spec = ascii::trimmed(value.substr(kUnit.size()));
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view first_text = spec.substr(0, dash);
  const std::string_view last_text = spec.substr(dash + 1);
  if (!(first_text.empty() || is_digits(first_text)) || !(last_text.empty() || is_digits(last_text)))
    return {};
  if (first_text.empty() && last_text.empty()) return {};

  ByteRange range{.first = 0, .last = size - 1};
  if (first_text.empty()) {
    const std::int64_t suffix = number(last_text);
    if (suffix == 0 || size == 0) return {.kind = RangeAnswer::Kind::unsatisfiable};
    range.first = std::max<std::int64_t>(0, size - suffix);
    return {.kind = RangeAnswer::Kind::part, .range = range};
  }
  range.first = number(first_text);
  if (!last_text.empty()) {
    const std::int64_t last = number(last_text);
    if (last < range.first) return {.kind = RangeAnswer::Kind::unsatisfiable};
    range.last = std::min(last, size - 1);
  }
  if (range.first >= size) return {.kind = RangeAnswer::Kind::unsatisfiable};
  return {.kind = RangeAnswer::Kind::part, .range = range};
}

bool matches_etag(std::string_view list, std::string_view etag) {
  if (ascii::trimmed(list) == "*") return true;
  return std::ranges::any_of(ascii::list_members(list), [etag](std::string_view tag) {
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    return tag == etag;
  });
}

bool if_range_holds(std::string_view value, std::string_view etag) { return ascii::trimmed(value) == etag; }

}  // namespace longshore::http
