#pragma once

#include <string>
#include <vector>

namespace longshore {

/// A header field of HTTP, of either version: metadata of gRPC is the same.
struct Field {
  std::string name;  // of a request: lower case
  std::string value;
  bool operator==(const Field&) const = default;
};

using Fields = std::vector<Field>;

}  // namespace longshore
