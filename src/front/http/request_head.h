#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "front/common/field.h"

namespace longshore::http {

/// A request's header, taken once, before the body: nothing that comes later (trailers) can change it.
struct RequestHead {
  std::string method;
  std::string target;
  int version_minor = 1;  // of HTTP/1.x
  Fields fields;

  /// The value of the first field of that (lower-case) name; nullptr: none.
  [[nodiscard]] const std::string* find(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
  /// Of memory, about.
  [[nodiscard]] std::int64_t bytes() const;
};

/// Parses a whole header, blank line included, that HeadScanner has let pass. Throws Error: invalid_request,
/// uri_too_long. Beast's parser does the work, and is compiled in this one file.
RequestHead parse_head(std::string_view raw);

}  // namespace longshore::http
