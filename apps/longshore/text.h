#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace longshore::cli {

/// `text` fit for a terminal, whoever wrote it: control characters (C0, DEL, C1), line separators and marks
/// that turn the direction of writing become \xNN or \u{N}, and so does what is not UTF-8. Everything else
/// stays as it is.
std::string printable(std::string_view text);

/// `value` as one line of JSON in which no control character stands raw, DEL and C1 included, and what is not
/// UTF-8 (the name of a file may be anything) is U+FFFD.
std::string json_line(const boost::json::value& value);

/// All of `text` as a decimal number; nullopt if it is anything else, or beyond 64 bits.
std::optional<std::int64_t> parse_int64(std::string_view text);

/// The number of columns that printable text takes: its code points (wide characters count once).
std::size_t columns(std::string_view text);

/// `text` cut to `width` columns, the last one an ellipsis if something was cut.
std::string shortened(std::string_view text, std::size_t width);

}  // namespace longshore::cli
