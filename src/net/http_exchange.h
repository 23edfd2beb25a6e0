#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "net/http_client.h"
#include "net/http_connection.h"
#include "net/http_error.h"
#include "net/http_head.h"
#include "net/http_outgoing_body.h"
#include "net/timers.h"
#include "net/waiter.h"

namespace longshore {

/// One request over one connection, up to the head of its answer. Reads the answer while it writes.
class HttpExchange {
 public:
  /// `pooled`: the connection has served before. All references must outlive it.
  HttpExchange(const HttpRequest& request, HttpOutgoingBody& body, HttpConnection& connection, bool pooled,
               Timers& timers)
      : request_(request),
        body_(body),
        connection_(connection),
        pooled_(pooled),
        timers_(timers),
        written_before_(connection.bytes_written()) {}

  /// The head of the final answer. Throws HttpError, what the body throws, operation_aborted.
  boost::asio::awaitable<AnswerHead> run();

  /// The final answer came before the whole request was written.
  [[nodiscard]] bool came_early() const { return !sent_all_; }

  /// The server was asked whether it wants the body, and had not said so when its time was over.
  [[nodiscard]] bool had_no_go_ahead() const { return had_no_go_ahead_; }

  /// After run() has thrown HttpError lost: nothing shows that the server has seen the request, which may be
  /// sent again over another connection. Puts the body back where it must be for that.
  bool prepare_second_try();

 private:
  static constexpr int kFirstFinalStatus = 200;

  enum class Until { go_ahead, final_answer };

  boost::asio::awaitable<void> read_head(Until until);
  boost::asio::awaitable<void> read_final_head();
  boost::asio::awaitable<ByteView> pull();
  boost::asio::awaitable<void> pull_to_end();
  [[nodiscard]] bool has_final() const { return answer_.status >= kFirstFinalStatus; }
  bool take_head(std::string_view text, Until until);
  boost::asio::awaitable<void> send_head_and_wait();
  boost::asio::awaitable<void> send_rest();
  boost::asio::awaitable<void> send_pieces();
  boost::asio::awaitable<bool> deliver(ByteView first, ByteView second);
  [[nodiscard]] bool has_ended_meanwhile();
  void make_head(bool expects_continue);
  [[nodiscard]] std::int64_t written() const { return connection_.bytes_written() - written_before_; }
  [[nodiscard]] HttpError error(HttpFailure failure, const std::string& what) const;

  const HttpRequest& request_;
  HttpOutgoingBody& body_;
  HttpConnection& connection_;
  const bool pooled_;
  Timers& timers_;
  const std::int64_t written_before_;

  std::string head_;
  bool head_sent_ = false;
  bool sent_all_ = false;
  bool pulling_ = false;  // a piece of the body is waited for
  std::optional<Waiter<Nothing>> pull_end_;
  bool had_no_go_ahead_ = false;
  std::exception_ptr failure_;  // of the sending

  AnswerHead answer_;  // the last head that was read; status 0: none
  int interim_ = 0;
};

}  // namespace longshore
