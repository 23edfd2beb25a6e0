#pragma once

#include <string>
#include <string_view>

#include "base/random.h"

namespace longshore {

/// What one may send as x-request-id: [A-Za-z0-9._-]{1,64}. It goes into logs, answers and problem documents
/// as it is.
bool is_request_id(std::string_view text);

/// The id of a request in each of its log lines and in its answer: what the client sent, if that is one, else
/// a fresh one of 32 hex digits. A malformed one is no error.
std::string request_id_from(std::string_view sent, Random& random);

}  // namespace longshore
