#include "front/http/request_body.h"

#include <exception>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

namespace longshore::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Both ends of a connection; the client's end is written and closed as a test likes.
class RequestBodyTest : public ::testing::Test {
 protected:
  RequestBodyTest() {
    tcp::acceptor acceptor(loop_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    client_.connect(acceptor.local_endpoint());
    connection_.emplace(acceptor.accept(), timers_, Patience(0, Millis{1000}), small_);
  }

  RequestBody body(const Framing& framing, Millis patience = Millis{5000}) {
    return {*connection_, pool_, framing, Patience(0, patience)};
  }
  static Framing of_length(std::int64_t bytes) { return {.body = BodyKind::length, .length = bytes}; }

  /// The next piece, or the reason of what was thrown.
  std::string pull(RequestBody& body, std::size_t bytes_max = BufferPool::kBufferBytes) {
    auto piece = asio::co_spawn(loop_, body.next_up_to(bytes_max), asio::use_future);
    loop_.restart();
    loop_.run();
    try {
      std::string text;
      for (const std::byte b : piece.get()) text.push_back(static_cast<char>(b));
      return text;
    } catch (const Error& error) {
      return std::string(to_string(error.reason()));
    }
  }

  asio::io_context loop_;
  AsioTimers timers_;
  BufferPool pool_{1 << 20};
  tcp::socket client_{loop_};
  std::shared_ptr<ClientShares> small_ = std::make_shared<ClientShares>(
      ClientShares::Caps{.all = 1 << 20, .each = 1 << 20});
  std::optional<Connection> connection_;
};

TEST_F(RequestBodyTest, ComesInPiecesOfWhatWasAskedFor) {
  asio::write(client_, asio::buffer(std::string("hello, world")));
  RequestBody whole = body(of_length(12));
  EXPECT_EQ(pull(whole, 5), "hello");
  EXPECT_GT(pool_.in_use_bytes(), 0);
  whole.release();
  EXPECT_EQ(pool_.in_use_bytes(), 0);
  EXPECT_EQ(pull(whole), ", world");
  EXPECT_TRUE(whole.at_end());
  EXPECT_EQ(pull(whole), "");
  EXPECT_EQ(pull(whole), "");
}

TEST_F(RequestBodyTest, ACutOffBodyNeverLooksLikeAnEnd) {
  asio::write(client_, asio::buffer(std::string("hel")));
  RequestBody cut = body(of_length(5));
  EXPECT_EQ(pull(cut), "hel");
  client_.close();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pull(cut), "BODY_CUT_OFF");
  EXPECT_FALSE(cut.at_end());
}

TEST_F(RequestBodyTest, TheFirstFailureIsToldAgain) {
  RequestBody slow = body(of_length(5), Millis{10});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pull(slow), "REQUEST_TIMEOUT");
  asio::write(client_, asio::buffer(std::string("zz\r\n")));
  RequestBody broken = body({.body = BodyKind::chunked});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pull(broken), "INVALID_REQUEST");
}

TEST_F(RequestBodyTest, WhoCancelsAPullHearsThatTheRestWillNotCome) {
  RequestBody waited = body(of_length(5));
  asio::cancellation_signal giving_up;
  asio::co_spawn(loop_, waited.next(),
                 asio::bind_cancellation_slot(giving_up.slot(), [](const std::exception_ptr&, ByteView) {}));
  asio::post(loop_, [&giving_up] { giving_up.emit(asio::cancellation_type::terminal); });
  loop_.run();
  EXPECT_EQ(pull(waited), "BODY_CUT_OFF");
}

}  // namespace
}  // namespace longshore::http
