#pragma once

#include <boost/asio/awaitable.hpp>

#include "apps/longshore/options.h"
#include "apps/longshore/session.h"

namespace longshore::cli {

/// Uploads every source, one after the other, going on after one that fails. One line, or with `json` one
/// object, a file. Throws only when cancelled: then it has said how to go on.
boost::asio::awaitable<ExitCode> put(Session& session, const PutOptions& options, bool json);

}  // namespace longshore::cli
