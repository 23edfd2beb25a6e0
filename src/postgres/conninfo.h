#pragma once

#include <string>
#include <string_view>

#include "postgres/options.h"

namespace longshore::postgres {

/// Throws Error(invalid_request), saying what is wrong, if libpq does not understand the URL, or if a
/// password stands in it: a URL is printed. Connects to nothing.
void check_url(const std::string& url);

/// False if it is no plain name: lower case letters, digits and _, beginning with a letter.
bool is_schema_name(std::string_view name);

/// What a connection is opened with: what the URL says, the password, and where the URL says nothing: of
/// several servers the one that takes writes, limits for connecting and for answers that do not come. It
/// holds the password: never printed, wiped when given back.
Secret conninfo(const Options& options);

}  // namespace longshore::postgres
