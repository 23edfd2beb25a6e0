#include "apps/longshore/http_connection.h"

#include <limits>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "apps/longshore/failure.h"
#include "net/race.h"

namespace longshore::cli {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::system_error;

namespace {

constexpr Millis kConnectLimit{10'000};
/// For one piece of a body to be taken or to arrive. Longer than a server at its memory budget holds its
/// readers back.
constexpr Millis kIdleLimit{120'000};
/// After the sending has failed: the server may have said why before it closed.
constexpr Millis kLastWordsLimit{2'000};
constexpr std::uint32_t kMaxHeaderBytes = 64 * 1024;
constexpr std::size_t kPieceBytes = 256 * 1024;

Failure unreachable(const std::string& why) {
  return Failure(reasons::kServerUnreachable, why, Failure::Cure::later);
}

template <class Stream>
class Connection final : public HttpConnection {
 public:
  Connection(Stream stream, std::string authority, Timers& timers)
      : stream_(std::move(stream)), authority_(std::move(authority)), timers_(timers) {}

  asio::awaitable<HttpResponse> exchange(const HttpRequest& request, ResponseBody* sink) override;
  [[nodiscard]] bool reusable() const override { return reusable_; }
  [[nodiscard]] bool used_before() const override { return used_before_; }

 private:
  using Parser = http::response_parser<http::buffer_body>;

  asio::awaitable<HttpResponse> exchange_once(const HttpRequest& request, ResponseBody* sink);
  asio::awaitable<void> send_then_wait(const HttpRequest& request);
  asio::awaitable<void> send(const HttpRequest& request);
  asio::awaitable<void> send_stream(UploadStream& body);
  asio::awaitable<void> write_piece(ByteView piece, bool chunked);
  asio::awaitable<void> read_head(Parser& parser);
  asio::awaitable<void> read_body(Parser& parser, HttpResponse& response, ResponseBody* sink);
  asio::awaitable<std::string_view> read_piece(Parser& parser, boost::system::error_code& broken);
  asio::awaitable<void> fill_piece(Parser& parser, boost::system::error_code& broken);
  [[noreturn]] void fail(const boost::system::error_code& error) const;

  /// Runs `operation`, but not for longer than the limit.
  asio::awaitable<void> in_time(Millis limit, asio::awaitable<void> operation) {
    if (!co_await ends_within(timers_, limit, std::move(operation))) {
      throw unreachable(authority_ + " does not answer");
    }
  }

  Stream stream_;
  std::string authority_;
  Timers& timers_;
  beast::flat_buffer incoming_;
  std::vector<char> piece_;  // made when a body is read
  bool whole_request_sent_ = false;
  bool reusable_ = true;
  bool used_before_ = false;
};

template <class Stream>
void Connection<Stream>::fail(const boost::system::error_code& error) const {
  if (error == asio::error::operation_aborted) throw system_error(error);
  if (error == http::error::end_of_stream || error == asio::error::eof ||
      error == http::error::partial_message || error == asio::ssl::error::stream_truncated) {
    throw unreachable(authority_ + " closed the connection");
  }
  // A body that grows beyond all bounds, or no HTTP at all: the same again would help as little.
  static const boost::system::error_category& http_errors = http::make_error_code(http::error::end_of_stream)
                                                                .category();
  if (error.category() == http_errors) {
    throw Failure(reasons::kProtocol,
                  "the answer of " + authority_ + " is not understood: " + error.message());
  }
  throw unreachable(authority_ + ": " + error.message());
}

template <class Stream>
asio::awaitable<HttpResponse> Connection<Stream>::exchange(const HttpRequest& request, ResponseBody* sink) {
  boost::system::error_code error;
  HttpResponse response;
  reusable_ = false;  // until all has gone well
  try {
    response = co_await exchange_once(request, sink);
  } catch (const system_error& e) {
    error = e.code();
  }
  if (error) fail(error);
  used_before_ = true;
  co_return response;
}

template <class Stream>
asio::awaitable<HttpResponse> Connection<Stream>::exchange_once(const HttpRequest& request,
                                                                ResponseBody* sink) {
  Parser parser;
  parser.header_limit(kMaxHeaderBytes);
  parser.body_limit(sink == nullptr ? kMaxBufferedBody : std::numeric_limits<std::uint64_t>::max());
  if (request.method == "HEAD") parser.skip(true);

  // The answer is awaited from the first byte that is sent: a refusal in the middle of a large part is seen
  // at once.
  whole_request_sent_ = false;
  auto executor = co_await asio::this_coro::executor;
  constexpr std::size_t kReading = 1;
  auto both = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, send_then_wait(request), asio::deferred),
      asio::co_spawn(executor, read_head(parser), asio::deferred));
  auto [order, send_error, read_error] = co_await both.async_wait(asio::experimental::wait_for_one(),
                                                                  asio::use_awaitable);
  const auto outer = co_await asio::this_coro::cancellation_state;
  if (outer.cancelled() != asio::cancellation_type::none) throw system_error(asio::error::operation_aborted);
  std::exception_ptr failed = order[0] == kReading ? read_error : send_error;
  if (failed) std::rethrow_exception(failed);

  HttpResponse response;
  response.status = static_cast<int>(parser.get().result_int());
  for (const auto& field : parser.get()) {
    response.fields.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  if (sink != nullptr && response.status / 100 == 2) {
    sink->begin(response);
  } else {
    sink = nullptr;
  }
  co_await read_body(parser, response, sink);
  reusable_ = whole_request_sent_ && parser.get().keep_alive() && incoming_.size() == 0;
  co_return response;
}

/// Sends, then sits there for as long as the answer may take: the group that runs it beside read_head()
/// cancels it when the answer comes. So its return is always a failure.
template <class Stream>
asio::awaitable<void> Connection<Stream>::send_then_wait(const HttpRequest& request) {
  boost::system::error_code error;
  try {
    co_await send(request);
    whole_request_sent_ = true;
  } catch (const system_error& e) {
    error = e.code();
  }
  co_await timers_.sleep_for(error ? kLastWordsLimit : request.answer_limit);
  if (error) fail(error);
  throw unreachable(authority_ + " does not answer");
}

template <class Stream>
asio::awaitable<void> Connection<Stream>::send(const HttpRequest& request) {
  http::request<http::string_body> message;
  message.method_string(request.method);
  message.target(request.target);
  message.version(11);
  message.set(http::field::host, authority_);
  for (const auto& [name, value] : request.fields) message.set(name, value);

  if (request.stream == nullptr) {
    message.body() = request.body;
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT")
      message.prepare_payload();
    co_await in_time(kIdleLimit, [](Stream& stream, auto& all) -> asio::awaitable<void> {
      co_await http::async_write(stream, all, asio::use_awaitable);
    }(stream_, message));
    co_return;
  }
  if (const auto length = request.stream->length()) {
    message.content_length(static_cast<std::uint64_t>(*length));
  } else {
    message.chunked(true);
  }
  http::request_serializer<http::string_body> head(message);
  head.split(true);
  co_await in_time(kIdleLimit, [](Stream& stream, auto& serializer) -> asio::awaitable<void> {
    co_await http::async_write_header(stream, serializer, asio::use_awaitable);
  }(stream_, head));
  co_await send_stream(*request.stream);
}

template <class Stream>
asio::awaitable<void> Connection<Stream>::send_stream(UploadStream& body) {
  auto executor = co_await asio::this_coro::executor;
  const bool chunked = !body.length().has_value();
  ByteView piece = co_await body.next();
  while (!piece.empty()) {
    // The next piece is read while this one is sent.
    auto both = asio::experimental::make_parallel_group(
        asio::co_spawn(executor, in_time(kIdleLimit, write_piece(piece, chunked)), asio::deferred),
        asio::co_spawn(executor, body.next(), asio::deferred));
    auto [order, write_error, read_error, following] = co_await both.async_wait(
        asio::experimental::wait_for_one_error(), asio::use_awaitable);
    if (order[0] == 1 && read_error) std::rethrow_exception(read_error);
    if (write_error) std::rethrow_exception(write_error);
    if (read_error) std::rethrow_exception(read_error);
    body.sent(static_cast<std::int64_t>(piece.size()));
    piece = following;
  }
  if (chunked) co_await in_time(kIdleLimit, write_piece({}, true));
}

/// An empty piece ends a chunked body.
template <class Stream>
asio::awaitable<void> Connection<Stream>::write_piece(ByteView piece, bool chunked) {
  const asio::const_buffer buffer(piece.data(), piece.size());
  if (!chunked) {
    co_await asio::async_write(stream_, buffer, asio::use_awaitable);
  } else if (piece.empty()) {
    co_await asio::async_write(stream_, http::make_chunk_last(), asio::use_awaitable);
  } else {
    co_await asio::async_write(stream_, http::make_chunk(buffer), asio::use_awaitable);
  }
}

template <class Stream>
asio::awaitable<void> Connection<Stream>::read_head(Parser& parser) {
  co_await http::async_read_header(stream_, incoming_, parser, asio::use_awaitable);
}

template <class Stream>
asio::awaitable<void> Connection<Stream>::read_body(Parser& parser, HttpResponse& response,
                                                    ResponseBody* sink) {
  boost::system::error_code broken;
  while (!parser.is_done()) {
    const std::string_view piece = co_await read_piece(parser, broken);
    if (sink != nullptr) {
      if (!piece.empty()) co_await sink->write(as_bytes(piece));
    } else {
      response.body += piece;
    }
    if (broken) throw system_error(broken);
  }
}

/// What came before the connection broke is handed out too: a download goes on behind it.
template <class Stream>
asio::awaitable<std::string_view> Connection<Stream>::read_piece(Parser& parser,
                                                                 boost::system::error_code& broken) {
  piece_.resize(kPieceBytes);
  auto& body = parser.get().body();
  body.data = piece_.data();
  body.size = piece_.size();
  co_await in_time(kIdleLimit, fill_piece(parser, broken));
  co_return std::string_view(piece_.data(), piece_.size() - body.size);
}

template <class Stream>
asio::awaitable<void> Connection<Stream>::fill_piece(Parser& parser, boost::system::error_code& broken) {
  co_await http::async_read(stream_, incoming_, parser, asio::redirect_error(asio::use_awaitable, broken));
  if (broken == http::error::need_buffer) broken = {};  // the piece is full
}

asio::awaitable<void> open_tcp(const ServerUrl& server, tcp::socket& socket) {
  tcp::resolver resolver(co_await asio::this_coro::executor);
  const auto addresses = co_await resolver.async_resolve(server.host, server.port, asio::use_awaitable);
  co_await asio::async_connect(socket, addresses, asio::use_awaitable);
  socket.set_option(tcp::no_delay(true));
}

using TlsStream = asio::ssl::stream<tcp::socket>;

asio::awaitable<void> open_tls(const ServerUrl& server, TlsStream& stream) {
  co_await open_tcp(server, stream.next_layer());
  boost::system::error_code not_an_address;
  asio::ip::make_address(server.host, not_an_address);
  if (not_an_address && SSL_set_tlsext_host_name(stream.native_handle(), server.host.c_str()) != 1) {
    throw unreachable("the host name " + server.host + " cannot be sent");
  }
  stream.set_verify_callback(asio::ssl::host_name_verification(server.host));
  co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
}

asio::awaitable<std::unique_ptr<HttpConnection>> connect_unchecked(const ServerUrl& server, Timers& timers,
                                                                   asio::ssl::context& tls) {
  auto executor = co_await asio::this_coro::executor;
  const auto in_time = [&](asio::awaitable<void> opening) {
    return ends_within(timers, kConnectLimit, std::move(opening));
  };
  if (server.tls) {
    TlsStream stream(executor, tls);
    if (!co_await in_time(open_tls(server, stream)))
      throw unreachable(server.authority() + " does not answer");
    co_return std::make_unique<Connection<TlsStream>>(std::move(stream), server.authority(), timers);
  }
  tcp::socket socket(executor);
  if (!co_await in_time(open_tcp(server, socket))) throw unreachable(server.authority() + " does not answer");
  co_return std::make_unique<Connection<tcp::socket>>(std::move(socket), server.authority(), timers);
}

}  // namespace

asio::awaitable<std::unique_ptr<HttpConnection>> connect(const ServerUrl& server, Timers& timers,
                                                         asio::ssl::context& tls) {
  try {
    co_return co_await connect_unchecked(server, timers, tls);
  } catch (const system_error& e) {
    if (e.code() == asio::error::operation_aborted) throw;
    // A host that does not exist or a certificate that is not good stays so; a server that is away comes
    // back.
    const bool for_good = e.code() == asio::error::host_not_found ||
                          e.code().category() == asio::error::get_ssl_category();
    throw Failure(reasons::kServerUnreachable, server.authority() + ": " + e.code().message(),
                  for_good ? Failure::Cure::none : Failure::Cure::later);
  }
}

asio::ssl::context make_tls_context() {
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                      asio::ssl::context::no_tlsv1_1);
  context.set_default_verify_paths();
  context.set_verify_mode(asio::ssl::verify_peer);
  return context;
}

}  // namespace longshore::cli
