#include "redis/client.h"

#include <exception>
#include <optional>
#include <utility>
#include <variant>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include "net/waiter.h"

namespace longshore::redis {
namespace {

namespace asio = boost::asio;

struct Answers {
  std::vector<Reply> replies;
  std::optional<Error> error;
};

/// Calls that were asked together, and the coroutine that waits for all of them. The coroutine does not hold
/// it: who drops the calls drops the coroutine.
class Together final : public Waiting {
 public:
  template <class Handler>
  Together(std::shared_ptr<Answers> answers, Handler handler)
      : answers_(std::move(answers)), open_(answers_->replies.size()), waiter_(std::move(handler)) {}

  void replied(std::size_t place, Reply reply) override {
    answers_->replies[place] = std::move(reply);
    end_one();
  }
  void failed(std::size_t, const Error& error) override {
    if (!answers_->error) answers_->error = error;
    end_one();
  }

 private:
  void end_one() {
    if (--open_ == 0) std::move(waiter_).wake({}, {});
  }

  std::shared_ptr<Answers> answers_;
  std::size_t open_;
  Waiter<Nothing> waiter_;
};

}  // namespace

Client::Client(const Options& options, Timers& timers, Random& random, const Log& log)
    : busy_(asio::make_work_guard(loop_)),
      router_(std::make_unique<Router>(loop_.get_executor(), options, timers, random, log, gate_)),
      thread_([this] { loop_.run(); }) {}

Client::~Client() {
  gate_.close();
  gate_.cancel();
  asio::co_spawn(loop_, gate_.drained(), asio::use_future).get();
  asio::post(loop_, [this] {
    router_.reset();
    busy_.reset();
  });
  thread_.join();
}

Task<std::vector<Reply>> Client::run(std::vector<Call> calls) {
  if (calls.empty()) co_return std::vector<Reply>{};
  const auto answers = std::make_shared<Answers>(Answers{.replies = std::vector<Reply>(calls.size())});
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code, Nothing)>(
      [&](auto handler) {
        auto together = std::make_shared<Together>(answers, std::move(handler));
        asio::post(loop_, [router = router_.get(), together, calls = std::move(calls)]() mutable {
          for (std::size_t place = 0; place < calls.size(); ++place)
            router->accept(std::move(calls[place]), together, place);
        });
      },
      asio::use_awaitable);
  if (answers->error) throw Error(*answers->error);
  co_return std::move(answers->replies);
}

}  // namespace longshore::redis
