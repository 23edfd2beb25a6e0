#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "base/bytes.h"
#include "base/clock.h"
#include "net/buffer_pool.h"
#include "net/http_body.h"
#include "net/http_error.h"
#include "net/http_message.h"
#include "net/timers.h"

namespace longshore {

/// How long a server may keep us waiting. While it waits for a piece of our own body none runs but
/// `last_pull`.
struct HttpTimeouts {
  Millis place{30'000};     // for a connection to come free, where all that are allowed are in use
  Millis connect{5'000};    // name, TCP and TLS
  Millis stall{30'000};     // between two bytes that the server takes, or two that it gives of its body
  Millis answer{60'000};    // from the last byte of the request to the end of the answer's head
  Millis go_ahead{1'000};   // for "100 Continue"; then the body is sent without it
  Millis last_pull{5'000};  // for the piece that was waited for when an answer came early, of a body that may
                            // be sent again
};

/// What decides how long a request needs its connection.
enum class HttpPace {
  quick,    // the server alone, which answers as soon as it can
  working,  // likewise, but what it is asked to do may take minutes
  slow,     // somebody else: whose body we send, or who reads the answer's
};

struct HttpRequest {
  HttpEndpoint endpoint;
  std::string method;
  std::string target;  // path and query, percent-encoded by the caller: sent as they are
  HttpFields fields;   // without Host, Content-Length, Connection and Expect, which the client writes
  HttpBody* body = nullptr;
  /// Adds fields when the connection is there and the head is about to be sent, and again for a second try:
  /// signatures hold the time. Without expect_continue the body's first piece has been pulled by then. May be
  /// empty.
  std::function<void(HttpFields&)> sign;
  /// Harmless if the server gets it twice: may be sent once more when a pooled connection turns out to be
  /// dead. Otherwise that is done only if no byte of it had been sent.
  bool repeatable = false;
  /// Sends "Expect: 100-continue", and pulls nothing from the body before the server has said so or
  /// timeouts.go_ahead is over. Ignored without a body.
  bool expect_continue = false;
  HttpPace pace = HttpPace::quick;
  HttpTimeouts timeouts;
};

/// An answer: the head is there, the body is pulled. Owns its connection, which goes back to the pool when
/// the whole body was read, and is closed if this is destroyed before. Used on the loop of send(); must not
/// outlive the client.
class HttpAnswer {
 public:
  struct State;
  explicit HttpAnswer(std::unique_ptr<State> state);
  HttpAnswer(HttpAnswer&&) noexcept;
  HttpAnswer& operator=(HttpAnswer&&) noexcept;
  ~HttpAnswer();

  [[nodiscard]] int status() const;
  [[nodiscard]] const HttpFields& fields() const;
  /// The value of the first field of that name, in any case; nullptr: none.
  [[nodiscard]] const std::string* find(std::string_view name) const;
  /// The server answered before it had taken the whole request body. Never with a status of success: that
  /// throws.
  [[nodiscard]] bool came_early() const;
  /// The server was asked whether it wants the body, and had not said so when its time was over.
  [[nodiscard]] bool had_no_go_ahead() const;

  /// The next piece of the body in a buffer of the pool, empty at its end and ever after; valid until the
  /// next call. No buffer is held while nothing comes. Throws HttpError: lost, timeout, malformed.
  boost::asio::awaitable<ByteView> next();
  /// The last piece is not needed any more: its buffer goes back to the pool.
  void release();

  /// The whole body. Throws HttpError as next(), and too_large beyond `bytes_max`.
  boost::asio::awaitable<std::string> collect(std::size_t bytes_max);
  /// The body up to `bytes_max` or to wherever the server broke off: for what an error says, which is not
  /// worth another error. The connection ends if there is more.
  boost::asio::awaitable<std::string> collect_some(std::size_t bytes_max);

 private:
  std::unique_ptr<State> state_;
};

struct HttpClientOptions {
  std::string ca_file;               // PEM; "": the system's
  std::size_t connections_max = 64;  // open at a time, a server and loop
  std::size_t for_quick_max = 0;  // of them, which slow requests leave free; working ones leave half of that
  Millis idle_limit{4'000};       // below the 5 s after which the first servers close
};

/// An HTTP/1.1 client for the servers that we talk to: stores, key vaults, metadata endpoints. Keeps
/// connections alive in a pool for each server and loop; who finds all that it may have in use waits, first
/// come first served within its pace. A connection is used again only if the whole answer was read, nothing
/// came behind it, and nobody said "close". No redirects, no cookies, no compression, no proxy: the caller
/// decides on each answer.
///
/// TLS is 1.2 or later, with the certificate and the name in it verified. The answer is read while the body
/// is written, so an early refusal stops the sending.
///
/// Thread-safe: a request runs on its caller's loop, a loop being an io_context run by one thread. Close it
/// before the loops end, and destroy it before they are.
class HttpClient {
 public:
  /// Throws std::runtime_error if `ca_file` cannot be read.
  HttpClient(HttpClientOptions options, BufferPool& buffers, Timers& timers);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  /// Sends the request and reads the head of its answer, whatever the status. Throws HttpError; what the body
  /// throws; operation_aborted when cancelled. In all these cases the connection is closed.
  boost::asio::awaitable<HttpAnswer> send(HttpRequest request);

  /// Ends the idle connections; later requests get one of their own, which is not kept.
  boost::asio::awaitable<void> close();

  struct State;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace longshore
