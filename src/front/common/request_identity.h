#pragma once

#include <string>

#include "base/random.h"
#include "front/common/field.h"

namespace longshore {

/// By what a request is found in logs: the x-request-id that it came with, if that is one, else a fresh one.
std::string request_id_of(const Fields& fields, Random& random);

/// The trace that its traceparent names; "-": it names none.
std::string trace_id_of(const Fields& fields);

}  // namespace longshore
