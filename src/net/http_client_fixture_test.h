#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include "base/units.h"
#include "net/http_client.h"
#include "tests/fakes/scripted_server.h"

/// For the tests of the HTTP client: a client on a loop of its own, and what it brought home.
namespace longshore {

template <class T>
using Task = boost::asio::awaitable<T>;

/// What came of one request.
struct Outcome {
  int status = 0;  // 0: an error
  HttpFields fields;
  std::string body;
  bool came_early = false;
  bool had_no_go_ahead = false;
  std::optional<HttpFailure> failure;
  HttpError::Sent sent = HttpError::Sent::nothing;
  std::string message;
};

/// A body in pieces that counts how often it was asked, and can be sent once unless told otherwise.
class PieceBody final : public HttpBody {
 public:
  PieceBody(std::string bytes, std::size_t piece_bytes, bool replayable = false)
      : bytes_(std::move(bytes)), piece_bytes_(piece_bytes), replayable_(replayable) {}

  [[nodiscard]] std::optional<std::int64_t> length() const override {
    if (!length_known) return std::nullopt;
    return static_cast<std::int64_t>(bytes_.size());
  }
  Task<ByteView> next() override {
    ++pulls;
    if (before_piece) co_await before_piece();
    const ByteView piece = as_bytes(bytes_).subspan(given_, std::min(piece_bytes_, bytes_.size() - given_));
    given_ += piece.size();
    co_return piece;
  }
  bool rewind() override {
    if (replayable_) given_ = 0;
    return replayable_;
  }
  [[nodiscard]] bool may_rewind() const override { return replayable_; }

  std::function<Task<void>()> before_piece;
  bool length_known = true;
  std::atomic<int> pulls = 0;  // scripts look at it

 private:
  const std::string bytes_;
  const std::size_t piece_bytes_;
  const bool replayable_;
  std::size_t given_ = 0;
};

class HttpClientFixture : public testing::Test {
 protected:
  static constexpr std::size_t kCollected = 1024 * 1024;

  HttpClient& client() {
    if (!client_) client_ = std::make_unique<HttpClient>(options_, buffers_, timers_);
    return *client_;
  }

  static HttpRequest get(const fakes::ScriptedServer& server, std::string target = "/") {
    return {.endpoint = {.tls = false, .host = "127.0.0.1", .port = server.port()},
            .method = "GET",
            .target = std::move(target),
            .timeouts = {.stall = Millis{5000}, .answer = Millis{5000}}};
  }
  static HttpRequest put(const fakes::ScriptedServer& server, HttpBody& body) {
    HttpRequest request = get(server);
    request.method = "PUT";
    request.body = &body;
    return request;
  }

  /// Runs `work` on a loop, then closes the client; the next one is new. Give it no captures: arguments are
  /// what a coroutine keeps.
  void run(Task<void> work) {
    loop_.restart();
    std::future<void> done = boost::asio::co_spawn(loop_, close_after(std::move(work)),
                                                   boost::asio::use_future);
    loop_.run();
    client_.reset();
    done.get();
  }
  std::vector<Outcome> ask_all(std::vector<HttpRequest> requests) {
    std::vector<Outcome> outcomes;
    run(ask_into(outcomes, std::move(requests)));
    return outcomes;
  }
  Outcome ask(HttpRequest request) {
    std::vector<HttpRequest> one;
    one.push_back(std::move(request));
    return ask_all(std::move(one)).at(0);
  }

  /// Sends it and collects the answer.
  Task<Outcome> outcome_of(HttpRequest request) {
    Outcome out;
    try {
      HttpAnswer answer = co_await client().send(std::move(request));
      out.status = answer.status();
      out.fields = answer.fields();
      out.came_early = answer.came_early();
      out.had_no_go_ahead = answer.had_no_go_ahead();
      out.body = co_await answer.collect(kCollected);
    } catch (const HttpError& error) {
      out.status = 0;
      out.failure = error.failure();
      out.sent = error.sent();
      out.message = error.what();
    }
    co_return out;
  }

  template <class T>
  std::future<T> spawn(Task<T> work) {
    return boost::asio::co_spawn(loop_, std::move(work), boost::asio::use_future);
  }

  HttpClientOptions options_;
  AsioTimers timers_;
  BufferPool buffers_{4 * MiB};
  boost::asio::io_context loop_;

 private:
  Task<void> close_after(Task<void> work) {
    std::exception_ptr failure;
    try {
      co_await std::move(work);
    } catch (...) {
      failure = std::current_exception();
    }
    co_await client().close();
    if (failure) std::rethrow_exception(failure);
  }
  Task<void> ask_into(std::vector<Outcome>& outcomes, std::vector<HttpRequest> requests) {
    for (HttpRequest& request : requests) outcomes.push_back(co_await outcome_of(std::move(request)));
  }

  std::unique_ptr<HttpClient> client_;
};

}  // namespace longshore
