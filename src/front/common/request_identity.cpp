#include "front/common/request_identity.h"

#include <algorithm>
#include <string_view>

#include "obs/request_id.h"
#include "obs/trace_context.h"

namespace longshore {
namespace {

/// The first one of that name; "": none.
std::string_view value_of(const Fields& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &Field::name);
  return found == fields.end() ? std::string_view() : std::string_view(found->value);
}

}  // namespace

std::string request_id_of(const Fields& fields, Random& random) {
  return request_id_from(value_of(fields, "x-request-id"), random);
}

std::string trace_id_of(const Fields& fields) {
  const auto trace = parse_traceparent(value_of(fields, "traceparent"));
  return trace ? trace->trace_id : "-";
}

}  // namespace longshore
