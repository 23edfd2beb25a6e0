#pragma once

#include <string>
#include <string_view>

#include "obs/log.h"

namespace longshore {

/// The line of a record, without its end of line. `bound` is what format_fields() made of earlier fields.
std::string format_record(LogFormat format, Time time, LogLevel level, std::string_view message,
                          std::string_view bound, LogFields fields);

/// Each field with its separator before it: ` a=1 b="x y"` or `,"a":1,"b":"x y"`.
std::string format_fields(LogFormat format, LogFields fields);

}  // namespace longshore
