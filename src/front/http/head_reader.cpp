#include "front/http/head_reader.h"

#include <chrono>

#include "domain/error.h"

namespace longshore::http {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::string_view kBlankLine = "\r\n";

Millis until(Steady::time_point deadline) { return std::chrono::ceil<Millis>(deadline - Steady::now()); }

}  // namespace

Task<std::string> read_head(Connection& connection, HeadPatience patience) {
  const auto quiet_until = Steady::now() + patience.quiet;
  auto deadline = quiet_until;
  bool begun = false;
  bool blank_line_passed = false;
  HeadScanner scanner;
  for (;;) {
    if (!begun && !connection.ahead().empty()) {
      begun = true;
      deadline = Steady::now() + patience.header;
    }
    const std::size_t size = scanner.scan(connection.ahead());
    if (size == kBlankLine.size() && !blank_line_passed) {
      connection.consume(size);
      scanner = HeadScanner{};
      blank_line_passed = true;
      begun = false;
      deadline = quiet_until;
      continue;
    }
    if (size > 0) {
      std::string head(connection.ahead().substr(0, size));
      connection.consume(size);
      co_return head;
    }
    const Connection::Read read = connection.try_read_ahead();
    if (read == Connection::Read::ended) co_return std::string();
    if (read == Connection::Read::some) continue;
    const Millis left = until(deadline);
    if (left > Millis{0} && co_await connection.wait_readable(left)) continue;
    if (!begun) co_return std::string();
    throw Error{Reason::request_timeout, "the header came too slowly"};
  }
}

}  // namespace longshore::http
