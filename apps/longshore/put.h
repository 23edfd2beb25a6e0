#pragma once

#include <boost/asio/awaitable.hpp>

#include "apps/longshore/exit_code.h"
#include "apps/longshore/options.h"
#include "apps/longshore/tools.h"

namespace longshore::cli {

/// Uploads every source, one after the other, going on after one that fails. One line, or with `json` one
/// object, a file. Throws Failure if there is no file at all; when cancelled it has said how to go on.
boost::asio::awaitable<ExitCode> put(Tools& tools, const PutOptions& options, bool json);

}  // namespace longshore::cli
