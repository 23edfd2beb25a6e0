#include "front/http/byte_range.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace longshore::http {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Saturates: a number beyond 2^63-1 is beyond every object.
std::int64_t number(std::string_view digits) {
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc{} ? value : std::numeric_limits<std::int64_t>::max();
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

}  // namespace

RangeAnswer decide_range(std::string_view value, std::int64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!value.starts_with(kUnit)) return {};
  const std::string_view spec = trimmed(value.substr(kUnit.size()));
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
  if (trimmed(list) == "*") return true;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    std::string_view item = trimmed(list.substr(at, comma - at));
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == etag) return true;
    at = comma + 1;
  }
  return false;
}

bool if_range_holds(std::string_view value, std::string_view etag) { return trimmed(value) == etag; }

}  // namespace longshore::http
