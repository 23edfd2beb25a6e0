#pragma once

#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>

#include "apps/longshore/http_message.h"
#include "apps/longshore/server_url.h"
#include "net/timers.h"

namespace longshore::cli {

/// One HTTP/1.1 connection, plain or TLS, kept alive between requests; one request at a time, on the loop's
/// thread.
class HttpConnection {
 public:
  /// Answers that are not streamed may have this size: what a page of 100 nodes needs, each with a path, a
  /// name and metadata of 5 KiB in all, of which JSON makes six times as much at worst.
  static constexpr std::size_t kMaxBufferedBody = 4 * 1024 * 1024;

  virtual ~HttpConnection() = default;

  /// Sends the request and reads its answer, whatever its status. A 2xx body goes to `sink` where there is
  /// one. An answer that comes before the request is wholly sent ends the sending: a server that refuses a
  /// part need not take its bytes. Throws Failure: SERVER_UNREACHABLE (curable) when the connection breaks or
  /// a deadline passes, PROTOCOL_ERROR when the answer is no HTTP or too large, and whatever the body or the
  /// sink throw. After any throw the connection is of no more use.
  virtual boost::asio::awaitable<HttpResponse> exchange(const HttpRequest& request, ResponseBody* sink) = 0;

  /// Whether another exchange may follow.
  [[nodiscard]] virtual bool reusable() const = 0;
  /// Whether an exchange has ended well on it before: when such a connection breaks, the server may just have
  /// closed it idle.
  [[nodiscard]] virtual bool used_before() const = 0;
};

/// Resolves, connects (each address in turn), and shakes hands; for https the server's certificate must be
/// valid for the host. Throws Failure SERVER_UNREACHABLE.
boost::asio::awaitable<std::unique_ptr<HttpConnection>> connect(const ServerUrl& server, Timers& timers,
                                                                boost::asio::ssl::context& tls);

/// Verifies by the system's certificates (or SSL_CERT_FILE, as OpenSSL has it), TLS 1.2 and later.
boost::asio::ssl::context make_tls_context();

}  // namespace longshore::cli
