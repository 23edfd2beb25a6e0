#pragma once

#include <boost/asio/awaitable.hpp>

#include "apps/longshore/options.h"
#include "apps/longshore/session.h"

namespace longshore::cli {

// The commands that look or take away. They throw Failure.

/// What is known of an upload; with `watch` until it has ended, and then kFailed unless it is COMPLETED.
boost::asio::awaitable<ExitCode> status(Session& session, const StatusOptions& options, bool json);
/// What is stored, or which uploads are open; a line, or with `json` one object, each.
boost::asio::awaitable<ExitCode> list(Session& session, const ListOptions& options, bool json);
boost::asio::awaitable<ExitCode> cancel(Session& session, const CancelOptions& options, bool json);
boost::asio::awaitable<ExitCode> remove(Session& session, const RemoveOptions& options, bool json);

}  // namespace longshore::cli
