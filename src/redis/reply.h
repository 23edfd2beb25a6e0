#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace longshore::redis {

/// One answer of a server, in RESP2.
struct Reply {
  enum class Kind { nil, text, status, error, integer, array };

  Kind kind = Kind::nil;
  std::string text;  // of text, status, error
  std::int64_t integer = 0;
  std::vector<Reply> elements;  // of array

  [[nodiscard]] bool is_error() const { return kind == Kind::error; }
  [[nodiscard]] bool is_array() const { return kind == Kind::array; }
  bool operator==(const Reply&) const = default;
};

}  // namespace longshore::redis
