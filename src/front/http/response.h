#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "domain/error.h"
#include "front/http/request_head.h"

namespace longshore::http {

/// An answer before it is written. Fields that every answer has (Date, Server, x-request-id, Content-Length,
/// Connection) are added by response_head().
struct Response {
  int status = 200;
  std::vector<Field> fields;
  std::string body;
};

Response json_response(int status, std::string json);
/// Problem details, Retry-After and whatever else belongs to the reason.
Response error_response(const Error& error, std::string_view request_id);

/// What is known only when an answer is written.
struct ResponseFrame {
  std::string_view request_id;
  Time now{};
  bool close = false;
  std::optional<std::int64_t> content_length;  // nullopt: the end of the connection is the end of the body
};

/// The head as it goes out. The one place where answers become bytes: a field that could split an answer (a
/// name that is no token, a value with a control character) is a bug and throws std::logic_error.
std::string response_head(const Response& response, const ResponseFrame& frame);

/// "Mon, 23 Nov 2026 15:09:35 GMT" (RFC 9110 section 5.6.7).
std::string http_date(Time time);

}  // namespace longshore::http
