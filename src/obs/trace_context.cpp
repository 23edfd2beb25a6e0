#include "obs/trace_context.h"

#include "base/uuid.h"

namespace longshore {

namespace {

// version "-" trace-id "-" parent-id "-" flags: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
constexpr std::size_t kLengthOfVersion00 = 55;
constexpr std::size_t kTraceIdBytes = 16;
constexpr std::size_t kParentIdBytes = 8;

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}
bool is_zero(std::string_view digits) { return digits.find_first_not_of('0') == std::string_view::npos; }

/// An id that is all zero is none.
std::string random_id(Random& random, std::size_t bytes) {
  std::string id;
  do id = random_hex(random, bytes);
  while (is_zero(id));
  return id;
}

}  // namespace

std::optional<TraceContext> parse_traceparent(std::string_view text) {
  if (text.size() < kLengthOfVersion00) return std::nullopt;
  const std::string_view version = text.substr(0, 2);
  const std::string_view trace_id = text.substr(3, 32);
  const std::string_view parent_id = text.substr(36, 16);
  const std::string_view flags = text.substr(53, 2);
  const bool dashes = text[2] == '-' && text[35] == '-' && text[52] == '-';
  const bool digits = is_lower_hex(version) && is_lower_hex(trace_id) && is_lower_hex(parent_id) &&
                      is_lower_hex(flags);
  if (!dashes || !digits || version == "ff" || is_zero(trace_id) || is_zero(parent_id)) return std::nullopt;

  const bool has_more = text.size() > kLengthOfVersion00;
  if (has_more && (version == "00" || text[kLengthOfVersion00] != '-')) return std::nullopt;

  constexpr std::string_view kOddDigits = "13579bdf";
  const bool sampled = kOddDigits.find(flags[1]) != std::string_view::npos;
  return TraceContext{std::string(trace_id), std::string(parent_id), sampled};
}

std::string format_traceparent(const TraceContext& context) {
  return "00-" + context.trace_id + "-" + context.parent_id + (context.sampled ? "-01" : "-00");
}

TraceContext start_trace(Random& random) {
  return TraceContext{random_id(random, kTraceIdBytes), random_id(random, kParentIdBytes), false};
}

TraceContext child_of(const TraceContext& parent, Random& random) {
  return TraceContext{parent.trace_id, random_id(random, kParentIdBytes), parent.sampled};
}

}  // namespace longshore
