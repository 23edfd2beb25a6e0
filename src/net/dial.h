#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>

#include "net/channel.h"
#include "net/http_message.h"
#include "net/timers.h"
#include "net/tls_context.h"

namespace longshore {

/// Opens a channel to a server on the caller's loop: looks the name up, connects, and shakes hands if it is
/// TLS. The socket is non-blocking and TCP_NODELAY. Of `limit`, which the caller keeps, each of the name's
/// addresses has a share to answer in. Throws HttpError: unreachable, untrusted. Cancelled at
/// any moment it ends at once.
boost::asio::awaitable<std::unique_ptr<Channel>> dial(HttpEndpoint endpoint, const TlsContext& tls,
                                                      Timers& timers, Millis limit);

}  // namespace longshore
