#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ports/object_store.h"

namespace longshore::http {

/// What a Range field asks of an object of `size` bytes (RFC 9110 section 14.2).
struct RangeAnswer {
  enum class Kind { whole, part, unsatisfiable };
  Kind kind = Kind::whole;
  ByteRange range;  // Kind::part
};

/// "bytes=0-99", "bytes=100-", "bytes=-5". Several ranges, other units and what is no range at all are
/// answered with the whole, as the RFC allows; a first byte beyond the end or behind the last one is
/// unsatisfiable. Numbers of any length cost nothing.
RangeAnswer decide_range(std::string_view value, std::int64_t size);

/// A list of entity tags (If-None-Match) holds `etag` (quoted), or is "*". Weak comparison: W/ does not
/// count.
bool matches_etag(std::string_view list, std::string_view etag);

/// If-Range: exactly this strong tag; a date never matches, as we send none.
bool if_range_holds(std::string_view value, std::string_view etag);

}  // namespace longshore::http
