#pragma once

#include <boost/asio/awaitable.hpp>

#include "apps/longshore/exit_code.h"
#include "apps/longshore/options.h"
#include "apps/longshore/tools.h"

namespace longshore::cli {

// The commands that look or take away. They throw Failure.

/// What is known of an upload; with `watch` until it has ended, and then kFailed unless it is COMPLETED.
boost::asio::awaitable<ExitCode> status(Tools& tools, const StatusOptions& options, bool json);
/// What is stored, or which uploads are open; a line, or with `json` one object, each.
boost::asio::awaitable<ExitCode> list(Tools& tools, const ListOptions& options, bool json);
boost::asio::awaitable<ExitCode> cancel(Tools& tools, const CancelOptions& options, bool json);
boost::asio::awaitable<ExitCode> remove(Tools& tools, const RemoveOptions& options, bool json);

}  // namespace longshore::cli
