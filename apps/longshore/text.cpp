#include "apps/longshore/text.h"

#include <charconv>

#include <boost/json/serialize.hpp>

#include "base/encoding.h"

namespace longshore::cli {

namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xE0) return 2;
  return lead < 0xF0 ? 3 : 4;
}

/// The UTF-8 sequence at the front of `text` (not empty); empty if there is no well-formed one.
std::string_view first_sequence(std::string_view text) {
  const std::string_view sequence = text.substr(0, sequence_length(static_cast<unsigned char>(text.front())));
  return is_valid_utf8(sequence) ? sequence : std::string_view{};
}

std::uint32_t code_point(std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence.front());
  if (sequence.size() == 1) return lead;
  std::uint32_t point = lead & (0xFFU >> (sequence.size() + 1));
  for (const char c : sequence.substr(1)) point = (point << 6) | (static_cast<unsigned char>(c) & 0x3FU);
  return point;
}

/// What a terminal would obey rather than show.
bool is_dangerous(std::uint32_t point) {
  if (point < 0x20 || (point >= 0x7F && point < 0xA0)) return true;        // C0, DEL, C1
  if (point == 0x2028 || point == 0x2029) return true;                     // line and paragraph separator
  if (point == 0x061C || point == 0x200E || point == 0x200F) return true;  // direction marks
  return (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);  // direction overrides
}

std::string hex(std::uint32_t number, std::size_t digits) {
  std::string out;
  for (; number != 0 || out.size() < digits; number >>= 4)
    out.insert(out.begin(), "0123456789abcdef"[number & 0xF]);
  return out;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::string_view sequence = first_sequence(text);
    if (sequence.empty()) {
      out += "\\x" + hex(static_cast<unsigned char>(text.front()), 2);
      text.remove_prefix(1);
      continue;
    }
    const std::uint32_t point = code_point(sequence);
    if (!is_dangerous(point)) {
      out += sequence;
    } else {
      out += point < 0x80 ? "\\x" + hex(point, 2) : "\\u{" + hex(point, 4) + "}";
    }
    text.remove_prefix(sequence.size());
  }
  return out;
}

std::string json_line(const boost::json::value& value) {
  std::string out;
  const std::string raw = boost::json::serialize(value);  // escapes C0 itself
  for (std::string_view rest = raw; !rest.empty();) {
    const std::string_view sequence = first_sequence(rest);
    const std::size_t length = sequence.empty() ? 1 : sequence.size();
    if (sequence.empty()) {
      out += "\\ufffd";
    } else if (is_dangerous(code_point(sequence))) {
      out += "\\u" + hex(code_point(sequence), 4);
    } else {
      out += rest.substr(0, length);
    }
    rest.remove_prefix(length);
  }
  return out;
}

std::optional<std::int64_t> parse_int64(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += is_continuation(c) ? 0 : 1;
  return count;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (columns(text) <= width) return std::string(text);
  if (width == 0) return {};
  std::size_t end = 0;
  for (std::size_t taken = 0; taken + 1 < width; ++taken) {
    ++end;
    while (end < text.size() && is_continuation(text[end])) ++end;
  }
  return std::string(text.substr(0, end)) + "…";
}

}  // namespace longshore::cli
