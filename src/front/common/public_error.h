#pragma once

#include <exception>
#include <string_view>

#include "domain/error.h"
#include "obs/log.h"

namespace longshore {

/// What went wrong with a request, as its client may know it. What is nobody's business but ours goes into
/// the log, and the client is told where to find it. Cancellation (operation_aborted) is no answer: it is
/// thrown on.
Error public_error(const std::exception_ptr& failure, const Log& log, std::string_view request_id);

/// Of a failure that the log knows already.
Error internal_error();

}  // namespace longshore
