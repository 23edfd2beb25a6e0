#pragma once

#include <boost/asio/awaitable.hpp>

#include "apps/longshore/exit_code.h"
#include "apps/longshore/options.h"
#include "apps/longshore/tools.h"

namespace longshore::cli {

/// Brings a node's bytes to a file or to the standard output and compares their checksum. A broken connection
/// is taken up where it broke; a file also in a later run. Throws Failure; when cancelled it has said how to
/// go on.
boost::asio::awaitable<ExitCode> get(Tools& tools, const GetOptions& options);

}  // namespace longshore::cli
