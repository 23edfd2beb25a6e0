#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "domain/error.h"
#include "front/http/framing.h"
#include "front/http/head_scanner.h"
#include "front/http/request_head.h"
#include "front/http/target.h"

/// Where the header ends, its bytes arriving `step` at a time; nullopt: refused. 0: it does not end.
static std::optional<std::size_t> end_of_head(std::string_view input, std::size_t step) {
  try {
    longshore::http::HeadScanner scanner;
    std::size_t end = 0;
    for (std::size_t seen = 0; end == 0 && seen < input.size();) {
      seen = std::min(seen + step, input.size());
      end = scanner.scan(input.substr(0, seen));
    }
    return end;
  } catch (const longshore::Error&) {
    return std::nullopt;
  }
}

/// A request's header is refused with an Error or means one thing, however its bytes arrive.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(data, data + size);
  const auto end = end_of_head(input, size + 1);
  if (end_of_head(input, 1) != end) std::abort();
  if (!end || *end == 0) return 0;
  try {
    const longshore::http::RequestHead head = longshore::http::parse_head(
        std::string_view(input).substr(0, *end));
    const longshore::http::Framing framing = longshore::http::check_framing(head);
    if (framing.length < 0) std::abort();
    longshore::http::parse_target(head.target, framing.host);
  } catch (const longshore::Error&) {
    return 0;
  }
  return 0;
}
