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

/// Calls that were asked together, and the coroutine that waits for all of them.
class Together final : public Waiting {
 public:
  explicit Together(std::size_t count) : replies_(count), open_(count) {}

  template <class Handler>
  void await(Handler handler) {
    waiter_.emplace(std::move(handler));
  }
  void replied(std::size_t place, Reply reply) override {
    replies_[place] = std::move(reply);
    end_one();
  }
  void failed(std::size_t, const Error& error) override {
    if (!error_) error_ = error;
    end_one();
  }
  std::vector<Reply> take() {
    if (error_) throw Error(*error_);
    return std::move(replies_);
  }

 private:
  void end_one() {
    if (--open_ == 0) std::move(*waiter_).wake({}, {});
  }

  std::vector<Reply> replies_;
  std::size_t open_;
  std::optional<Error> error_;
  std::optional<Waiter<Nothing>> waiter_;
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
  const auto together = std::make_shared<Together>(calls.size());
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void(boost::system::error_code, Nothing)>(
      [&](auto handler) {
        together->await(std::move(handler));
        asio::post(loop_, [router = router_.get(), together, calls = std::move(calls)]() mutable {
          for (std::size_t place = 0; place < calls.size(); ++place)
            router->accept(std::move(calls[place]), together, place);
        });
      },
      asio::use_awaitable);
  co_return together->take();
}

}  // namespace longshore::redis
