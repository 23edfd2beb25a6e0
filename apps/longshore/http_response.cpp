#include "apps/longshore/http_response.h"

namespace longshore::cli {

std::string HttpResponse::field(std::string_view name) const {
  const std::string* value = find_field(fields, name);
  return value == nullptr ? "" : *value;
}

}  // namespace longshore::cli
