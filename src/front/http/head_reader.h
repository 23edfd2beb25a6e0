#pragma once

#include <string>

#include "front/http/connection.h"

namespace longshore::http {

/// How long a client may take for a header.
struct HeadPatience {
  Millis quiet;   // until its first byte
  Millis header;  // from there until its last
};

/// Reads the next request's header, blank line included, off the connection; a line end before it, as some
/// clients leave behind a body, is passed over and counts as quiet. "": the connection has ended, or nothing
/// came. Throws Error: what HeadScanner refuses, request_timeout.
Task<std::string> read_head(Connection& connection, HeadPatience patience);

}  // namespace longshore::http
