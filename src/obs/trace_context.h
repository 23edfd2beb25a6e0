#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace longshore {

/// Where a request stands in a distributed trace (W3C Trace Context): the header `traceparent`. Ids are
/// lower-case hex.
struct TraceContext {
  std::string trace_id;   // 32 digits: the same in all that a request causes
  std::string parent_id;  // 16 digits: the span that sent this
  bool sampled = false;
};

/// nullopt if it is not exactly what the recommendation says: the caller then starts a trace of its own. Of a
/// version later than 00 the first four fields are read, as it asks for.
std::optional<TraceContext> parse_traceparent(std::string_view text);
/// In version 00.
std::string format_traceparent(const TraceContext& context);

/// A trace that begins here, not sampled.
TraceContext start_trace(Random& random);
/// A span of our own in the same trace.
TraceContext child_of(const TraceContext& parent, Random& random);

}  // namespace longshore
