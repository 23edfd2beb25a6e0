#include "apps/longshore/http_connection.h"

#include <chrono>
#include <functional>
#include <future>
#include <stdlib.h>
#include <sys/socket.h>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <gtest/gtest.h>

#include "apps/longshore/failure.h"
#include "apps/longshore/run_awaitable.h"
#include "apps/longshore/scratch_folder.h"
#include "apps/longshore/tls_identity.h"

namespace longshore::cli {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using testing::run_awaitable;

/// One connection served by a script, on a thread of its own: what a well-behaved server library would never
/// send.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::function<void(tcp::socket&)> script)
      : thread_([this, script = std::move(script)] {
          boost::system::error_code error;
          tcp::socket socket = acceptor_.accept(error);
          if (error) return;
          try {
            script(socket);
          } catch (const std::exception&) {  // the client went away
          }
        }) {}
  ~ScriptedServer() {
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
    thread_.join();
  }

  [[nodiscard]] ServerUrl url(bool tls = false) const {
    return {.tls = tls, .host = "127.0.0.1", .port = std::to_string(acceptor_.local_endpoint().port())};
  }

 private:
  asio::io_context io_;
  tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)};
  std::thread thread_;
};

std::string read_head(tcp::socket& socket) {
  std::string head;
  asio::read_until(socket, asio::dynamic_buffer(head), "\r\n\r\n");
  return head;
}

void send(tcp::socket& socket, const std::string& text) { asio::write(socket, asio::buffer(text)); }

/// A body that never ends by itself.
class EndlessBody final : public UploadStream {
 public:
  [[nodiscard]] std::optional<std::int64_t> length() const override { return std::nullopt; }
  asio::awaitable<ByteView> next() override { co_return ByteView(piece_); }
  void sent(std::int64_t bytes) override { sent_ += bytes; }
  bool rewind() override { return false; }

  std::int64_t sent_ = 0;

 private:
  std::vector<std::byte> piece_ = std::vector<std::byte>(65'536);
};

class Collected final : public ResponseBody {
 public:
  void begin(const HttpResponse& head) override { status_ = head.status; }
  asio::awaitable<void> write(ByteView piece) override {
    size_ += piece.size();
    co_return;
  }

  int status_ = 0;
  std::size_t size_ = 0;
};

struct Outcome {
  HttpResponse response;
  bool reusable = false;
};

asio::awaitable<Outcome> exchange_on(const ServerUrl& url, const HttpRequest& request, ResponseBody* sink) {
  AsioTimers timers;
  asio::ssl::context tls = make_tls_context();
  const std::unique_ptr<HttpConnection> connection = co_await connect(url, timers, tls);
  Outcome out;
  out.response = co_await connection->exchange(request, sink);
  out.reusable = connection->reusable();
  co_return out;
}

Outcome exchange(const ServerUrl& url, const HttpRequest& request, ResponseBody* sink = nullptr) {
  return run_awaitable(exchange_on(url, request, sink));
}

/// The failure that a server's answer leads to.
Failure failure_of(const std::string& answer) {
  const ScriptedServer server([&](tcp::socket& socket) {
    read_head(socket);
    send(socket, answer);
  });
  try {
    exchange(server.url(), {.method = "GET", .target = "/"});
  } catch (const Failure& failure) {
    return failure;
  }
  ADD_FAILURE() << "was accepted: " << answer.substr(0, 60);
  return Failure("", "");
}

TEST(HttpConnection, AnswersInOneAndStaysUsable) {
  const ScriptedServer server([](tcp::socket& socket) {
    const std::string head = read_head(socket);
    EXPECT_NE(head.find("GET /v1/x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:"), std::string::npos) << head;
    send(socket, "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nETag: \"a\"\r\n\r\nno");
    read_head(socket);  // holds the connection until the client closes it
  });
  const Outcome outcome = exchange(server.url(), {.method = "GET", .target = "/v1/x?y=1"});
  EXPECT_EQ(outcome.response.status, 404);
  EXPECT_EQ(outcome.response.body, "no");
  EXPECT_EQ(outcome.response.field("etag"), "\"a\"");
  EXPECT_TRUE(outcome.reusable);
}

TEST(HttpConnection, HearsARefusalInTheMiddleOfABody) {
  std::promise<void> over;
  const ScriptedServer server([&over](tcp::socket& socket) {
    read_head(socket);
    send(socket, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
    over.get_future().wait_for(std::chrono::seconds(10));  // takes no byte of the body
  });
  EndlessBody body;
  const Outcome outcome = exchange(server.url(), {.method = "PUT", .target = "/", .stream = &body});
  over.set_value();
  EXPECT_EQ(outcome.response.status, 503);
  EXPECT_FALSE(outcome.reusable);  // the rest of the body is still owed on it
}

TEST(HttpConnection, NamesABrokenConnectionCurable) {
  for (const char* answer :
       {"", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"}) {
    const Failure failure = failure_of(answer);
    EXPECT_EQ(failure.reason, reasons::kServerUnreachable) << failure.detail();
    EXPECT_EQ(failure.cure, Failure::Cure::later);
  }
}

TEST(HttpConnection, RefusesWhatIsNoAnswer) {
  const std::string too_many(HttpConnection::kMaxBufferedBody + 1, 'x');
  const std::string too_large = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(too_many.size()) +
                                "\r\n\r\n" + too_many;
  const std::string long_head = "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n";
  for (const std::string& answer :
       {std::string("SSH-2.0-OpenSSH_9.2\r\n\r\n"), too_large, long_head,
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")}) {
    const Failure failure = failure_of(answer);
    EXPECT_EQ(failure.reason, reasons::kProtocol) << failure.detail();
    EXPECT_EQ(failure.cure, Failure::Cure::none);
  }
}

TEST(HttpConnection, StreamsOnlyASuccess) {
  for (const int status : {200, 500}) {
    const ScriptedServer server([status](tcp::socket& socket) {
      read_head(socket);
      send(socket, "HTTP/1.1 " + std::to_string(status) +
                       " X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    });
    Collected sink;
    const Outcome outcome = exchange(server.url(), {.method = "GET", .target = "/"}, &sink);
    EXPECT_EQ(sink.size_, status == 200 ? 3U : 0U);
    EXPECT_EQ(outcome.response.body, status == 200 ? "" : "abc");
  }
}

TEST(HttpConnection, WaitsForAnAnswerOnlySoLong) {
  const ScriptedServer server([](tcp::socket& socket) {
    read_head(socket);
    boost::system::error_code error;
    socket.wait(tcp::socket::wait_read, error);  // until the client closes
  });
  try {
    exchange(server.url(), {.method = "GET", .target = "/", .answer_limit = Millis{50}});
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.reason, reasons::kServerUnreachable);
    EXPECT_NE(failure.detail().find("does not answer"), std::string::npos);
  }
}

TEST(HttpConnection, SpeaksTlsOnlyWithAServerThatDoes) {
  const ScriptedServer server([](tcp::socket& socket) { send(socket, "HTTP/1.1 400 Bad Request\r\n\r\n"); });
  try {
    exchange(server.url(true), {.method = "GET", .target = "/"});
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.reason, reasons::kServerUnreachable);
    EXPECT_EQ(failure.cure, Failure::Cure::none);  // it will not speak TLS later either
  }
}

/// Answers one request over TLS with 600,000 bytes, and takes what is sent.
void serve_over_tls(tcp::socket& socket, const testing::TlsIdentity& identity) {
  asio::ssl::context context(asio::ssl::context::tls_server);
  context.use_certificate_file(identity.certificate, asio::ssl::context::pem);
  context.use_private_key_file(identity.key, asio::ssl::context::pem);
  asio::ssl::stream<tcp::socket&> stream(socket, context);
  stream.handshake(asio::ssl::stream_base::server);
  boost::beast::flat_buffer buffer;
  http::request<http::string_body> request;
  http::read(stream, buffer, request);
  http::response<http::string_body> response(http::status::ok, 11);
  response.body() = std::string(600'000 - request.body().size(), 'x') + request.body();
  response.prepare_payload();
  http::write(stream, response);
}

TEST(HttpConnection, SpeaksTlsWithAServerThatItTrusts) {
  const testing::ScratchFolder folder;
  const testing::TlsIdentity identity = testing::make_tls_identity(folder.path());
  const ScriptedServer server([&](tcp::socket& socket) { serve_over_tls(socket, identity); });
  ::setenv("SSL_CERT_FILE", identity.certificate.c_str(), 1);
  Collected sink;
  const Outcome outcome = exchange(server.url(true), {.method = "POST", .target = "/", .body = "hello"},
                                   &sink);
  ::unsetenv("SSL_CERT_FILE");
  EXPECT_EQ(outcome.response.status, 200);
  EXPECT_EQ(sink.size_, 600'000U);
}

TEST(HttpConnection, DoesNotSpeakWithAServerThatItDoesNotTrust) {
  const testing::ScratchFolder folder;
  const testing::TlsIdentity identity = testing::make_tls_identity(folder.path());
  const ScriptedServer server([&](tcp::socket& socket) { serve_over_tls(socket, identity); });
  try {
    exchange(server.url(true), {.method = "GET", .target = "/"});
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.reason, reasons::kServerUnreachable);
    EXPECT_EQ(failure.cure, Failure::Cure::none);
    EXPECT_NE(failure.detail().find("certificate"), std::string::npos) << failure.detail();
  }
}

TEST(HttpConnection, NamesARefusedConnection) {
  ServerUrl url;
  {
    const ScriptedServer server([](tcp::socket&) {});
    url = server.url();
  }
  try {
    exchange(url, {.method = "GET", .target = "/"});
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.reason, reasons::kServerUnreachable);
    EXPECT_EQ(failure.cure, Failure::Cure::later);
    EXPECT_NE(failure.detail().find("Connection refused"), std::string::npos) << failure.detail();
  }
}

}  // namespace
}  // namespace longshore::cli
