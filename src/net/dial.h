#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>

#include "net/channel.h"
#include "net/http_message.h"
#include "net/tls_context.h"

namespace longshore {

/// Opens a channel to a server on the caller's loop: looks the name up, connects to one of its addresses, and
/// shakes hands if it is TLS. The socket is non-blocking and TCP_NODELAY. Without a limit of its own: the
/// caller cancels it, and it ends at once. Throws HttpError: unreachable, no_such_host, untrusted.
boost::asio::awaitable<std::unique_ptr<Channel>> dial(HttpEndpoint endpoint, const TlsContext& tls);

}  // namespace longshore
