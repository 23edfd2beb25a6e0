#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace longshore::http {

/// A request target, decoded once: what is routed, checked and stored is the same string.
struct Target {
  std::string path;                                        // as sent, without the query: for logs
  std::vector<std::string> segments;                       // "/v1/uploads/a%2Fb" -> "v1", "uploads", "a/b"
  std::vector<std::pair<std::string, std::string>> query;  // in order; "+" is a space, as forms and URL
                                                           // libraries write it

  [[nodiscard]] std::optional<std::string> find_query(std::string_view name) const;
};

/// Takes "/path?query", and "http://HOST/path?query" where HOST is the Host field's. Throws Error
/// invalid_request: another form, a fragment, a malformed escape, a query name twice.
Target parse_target(std::string_view target, std::string_view host);

}  // namespace longshore::http
