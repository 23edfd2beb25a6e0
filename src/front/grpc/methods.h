#pragma once

#include <string_view>
#include <vector>

#include "ports/body_source.h"

namespace longshore::grpc {

class Call;
/// Serves one call: what it returns from is answered OK, what it throws is answered as that.
using Handler = Task<void> (*)(Call&);

/// One line of the table: a method, as it stands in :path, and who serves it.
struct Method {
  std::string_view path;
  Handler handler = nullptr;
};

/// Every method of every service of api/: a test compares it with the descriptors.
const std::vector<Method>& methods();

/// Throws Error method_not_allowed for one that is not there.
const Method& find_method(std::string_view path);

}  // namespace longshore::grpc
