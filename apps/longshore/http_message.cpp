#include "apps/longshore/http_message.h"

#include <boost/beast/core/string.hpp>

namespace longshore::cli {

std::string HttpResponse::field(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (boost::beast::iequals(key, name)) return value;
  }
  return {};
}

}  // namespace longshore::cli
