#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>

#include "net/channel.h"
#include "net/http_message.h"
#include "net/tls_context.h"

namespace longshore {

/// Opens a channel to a server on the caller's loop: looks the name up, connects, and shakes hands if it is
/// TLS. The socket is non-blocking and TCP_NODELAY. Throws HttpError: unreachable, untrusted. Cancelled at
/// any moment it ends at once.
boost::asio::awaitable<std::unique_ptr<Channel>> dial(HttpEndpoint endpoint, const TlsContext& tls);

}  // namespace longshore
