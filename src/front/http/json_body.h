#pragma once

#include <cstddef>
#include <string>

#include "front/common/request_memory.h"
#include "front/http/front_context.h"
#include "front/http/request_body.h"

namespace longshore::http {

/// A JSON body as it came.
struct JsonText {
  std::string text;
  /// Its share of the buffers' budget, where it is large: to be held as long as the text and what is made of
  /// it.
  BufferPool::Reservation room;
};

/// Receives a JSON body of at most `bytes_max`. Its first 64 KiB lie in `memory`, as they come; the rest is
/// not read before the budget has room for all of it, so that who sends nothing blocks nobody's memory.
/// Throws Error: payload_too_large; request_timeout beyond HttpConfig::json_timeout; busy where the room is
/// not free within HttpConfig::json_memory_wait, or larger than any reservation may be; and what RequestBody
/// and RequestMemory throw.
Task<JsonText> receive_json(const FrontContext& context, RequestBody& body, RequestMemory& memory,
                            std::size_t bytes_max);

}  // namespace longshore::http
