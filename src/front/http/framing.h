#pragma once

#include <cstdint>
#include <string>

#include "front/http/request_head.h"

namespace longshore::http {

enum class BodyKind { none, length, chunked };

/// Where the body of a request ends, and what becomes of the connection.
struct Framing {
  BodyKind body = BodyKind::none;
  std::int64_t length = 0;        // BodyKind::length
  bool keep_alive = true;         // the client would go on
  bool expects_continue = false;  // the client waits for 100 before it sends its body
  std::string host;               // "" in HTTP/1.0 without one
};

/// Decides strictly: whatever two HTTP implementations could read differently is refused (RFC 9112
/// section 6.3 and 11.2), so that no proxy in front of us ever disagrees about where a request ends. Throws
/// Error invalid_request, after which the connection must be closed and nothing behind the header parsed; or
/// expectation_failed.
Framing check_framing(const RequestHead& head);

}  // namespace longshore::http
