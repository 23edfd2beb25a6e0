#include "net/http_exchange.h"

#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/race.h"

namespace longshore {
namespace {

namespace asio = boost::asio;
using Io = Channel::Io;
using Written = HttpConnection::Written;

constexpr int kContinue = 100;
constexpr int kSwitchingProtocols = 101;

/// A server that only ever says "wait" is none.
constexpr int kInterimAnswersMax = 32;

/// A server that refuses a body and closes may have sent its answer just before: it is on its way, or in the
/// socket, when we notice that nobody reads any more.
constexpr Millis kAnswerAfterReset{1'000};

/// After so many pieces others get their turn, however fast the two sides are.
constexpr int kPiecesATurn = 16;

bool has_body_by_nature(std::string_view method) { return method == "PUT" || method == "POST"; }

std::string milliseconds(Millis limit) { return std::to_string(limit.count()) + " ms"; }

}  // namespace

HttpError HttpExchange::error(HttpFailure failure, const std::string& what) const {
  const auto sent = sent_all_       ? HttpError::Sent::all
                    : written() > 0 ? HttpError::Sent::part
                                    : HttpError::Sent::nothing;
  return {failure, sent, request_.endpoint.authority() + " " + what};
}

asio::awaitable<AnswerHead> HttpExchange::run() {
  const bool expects_continue = request_.expect_continue && !body_.at_end();
  if (!expects_continue) co_await body_.piece();  // a client may take its time, so before all else
  if (has_ended_meanwhile()) throw error(HttpFailure::lost, "has closed the idle connection");
  make_head(expects_continue);

  // What has been read counts, also where the other side of the race ended first.
  if (expects_continue) {
    const bool said = co_await ends_before(read_head(Until::go_ahead), send_head_and_wait());
    if (!has_final() && failure_) std::rethrow_exception(failure_);
    had_no_go_ahead_ = !said && answer_.status != kContinue && !has_final();
  }
  if (!has_final()) {
    co_await ends_before(read_final_head(), send_rest());
    if (!has_final()) std::rethrow_exception(failure_);
  }
  if (came_early() && answer_.status < 300)  // so what it has done is anybody's guess
    throw HttpError{HttpFailure::malformed, HttpError::Sent::all,
                    request_.endpoint.authority() + " answered with success before it had the whole request"};
  co_return std::move(answer_);
}

/// While it lay in the pool, or while the first piece was waited for.
bool HttpExchange::has_ended_meanwhile() {
  if (pooled_) return !connection_.is_clean();
  const Io result = connection_.try_read_ahead();
  return result == Io::ended || result == Io::failed;
}

void HttpExchange::make_head(bool expects_continue) {
  HttpFields fields = request_.fields;
  if (request_.sign) request_.sign(fields);
  if (request_.body != nullptr || has_body_by_nature(request_.method)) {
    fields.push_back(body_.framing_field());
  }
  if (expects_continue) fields.push_back({"Expect", "100-continue"});
  head_ = format_request_head({request_.method, request_.target, request_.endpoint.authority()}, fields);
}

/// Sends the head alone, and ends when the server has had its time to say "go ahead".
asio::awaitable<void> HttpExchange::send_head_and_wait() {
  if (!co_await deliver(as_bytes(head_), {})) co_return;
  head_sent_ = true;
  co_await timers_.sleep_for(request_.timeouts.go_ahead);
}

/// Sends what is left, and ends when the server has had its time to answer, or with failure_ set.
asio::awaitable<void> HttpExchange::send_rest() {
  try {
    co_await send_pieces();
  } catch (...) {
    failure_ = std::current_exception();
  }
}

asio::awaitable<void> HttpExchange::send_pieces() {
  int pieces = 0;
  do {
    const ByteView piece = co_await pull();
    const std::string front = (head_sent_ ? "" : head_) + body_.frame();
    if (!co_await deliver(as_bytes(front), piece)) co_return;
    head_sent_ = true;
    body_.piece_sent();
    sent_all_ = body_.at_end();
    if (!sent_all_ && ++pieces % kPiecesATurn == 0) co_await asio::post(asio::use_awaitable);
  } while (!sent_all_);
  co_await timers_.sleep_for(request_.timeouts.answer);
  throw error(HttpFailure::timeout, "did not answer within " + milliseconds(request_.timeouts.answer));
}

asio::awaitable<ByteView> HttpExchange::pull() {
  pulling_ = true;
  const ByteView piece = co_await body_.piece();
  pulling_ = false;
  if (has_final()) {  // and this is about to be cancelled
    if (auto waiting = std::exchange(pull_end_, std::nullopt)) std::move(*waiting).wake({}, {});
    co_await timers_.sleep_for(request_.timeouts.answer);
  }
  co_return piece;
}

/// False, with failure_ set: the server takes no more.
asio::awaitable<bool> HttpExchange::deliver(ByteView first, ByteView second) {
  const Written written = co_await connection_.write(first, second, request_.timeouts.stall);
  if (written == Written::all) co_return true;
  if (written == Written::stalled) {
    failure_ = std::make_exception_ptr(
        error(HttpFailure::timeout, "took no byte for " + milliseconds(request_.timeouts.stall)));
  } else {
    failure_ = std::make_exception_ptr(error(HttpFailure::lost, "has closed the connection"));
    co_await timers_.sleep_for(kAnswerAfterReset);
  }
  co_return false;
}

asio::awaitable<void> HttpExchange::read_head(Until until) {
  for (;;) {
    if (const std::size_t size = find_head_end(connection_.ahead()); size > 0) {
      const bool wanted = take_head(connection_.ahead().substr(0, size), until);
      connection_.consume(size);
      if (wanted) co_return;
      continue;
    }
    if (connection_.ahead().size() == HttpConnection::kAheadBytesMax)
      throw error(HttpFailure::malformed, "sends an answer whose header is longer than 16 KiB");
    const Io result = connection_.try_read_ahead();
    if (result == Io::wants_read || result == Io::wants_write) {
      co_await connection_.wait(result);
    } else if (result != Io::moved) {
      throw error(HttpFailure::lost, "closed the connection without an answer");
    }
  }
}

/// Its end cancels the sending. A body that is left in mid-pull cannot be sent again, so where it could be
/// otherwise that may end first.
asio::awaitable<void> HttpExchange::read_final_head() {
  co_await read_head(Until::final_answer);
  if (pulling_ && body_.may_rewind())
    co_await ends_within(timers_, request_.timeouts.last_pull, pull_to_end());
}

asio::awaitable<void> HttpExchange::pull_to_end() {
  if (!pulling_) co_return;  // it ended before this began
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code, Nothing)>(
      [this](auto handler) {
        pull_end_.emplace(std::move(handler));
        pull_end_->on_cancel([this] {
          if (auto waiting = std::exchange(pull_end_, std::nullopt))
            std::move(*waiting).wake(asio::error::operation_aborted, {});
        });
      },
      asio::use_awaitable);
}

/// True: it is the head that is waited for.
bool HttpExchange::take_head(std::string_view text, Until until) {
  auto head = parse_answer_head(text);
  if (!head || head->status == kSwitchingProtocols || head->status < kContinue)
    throw error(HttpFailure::malformed, "sends something that is no HTTP answer");
  answer_ = std::move(*head);
  if (answer_.status >= kFirstFinalStatus) return true;
  if (++interim_ > kInterimAnswersMax)
    throw error(HttpFailure::malformed, "sends interim answers without end");
  return until == Until::go_ahead && answer_.status == kContinue;
}

bool HttpExchange::prepare_second_try() {
  if (answer_.status != 0 || !connection_.ahead().empty()) return false;
  if (!pooled_ && written() > 0) return false;
  const bool body_begun = written() > static_cast<std::int64_t>(head_.size());
  const bool cannot_be_done = written() == 0 || (!body_.at_end() && !body_begun);
  if (!cannot_be_done && !request_.repeatable) return false;
  return !body_begun || body_.rewind();
}

}  // namespace longshore
