#pragma once

#include <string>
#include <vector>

namespace longshore::grpc {

/// A header field of HTTP/2, or a piece of metadata, which is the same. Names are lower case.
struct Field {
  std::string name;
  std::string value;
  bool operator==(const Field&) const = default;
};

using Fields = std::vector<Field>;

}  // namespace longshore::grpc
