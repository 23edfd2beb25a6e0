#include "front/common/readiness_cache.h"

#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

namespace longshore {
namespace {

namespace asio = boost::asio;
using Missing = std::vector<std::string>;

class ReadinessCacheTest : public ::testing::Test {
 protected:
  /// Lets `askers` ask at once. What each of them heard; "threw" for an exception.
  std::vector<Missing> ask(ReadinessCache& cache, int askers) {
    std::vector<Missing> heard;
    for (int i = 0; i < askers; ++i) {
      asio::co_spawn(loop_, cache.missing(), [&heard](const std::exception_ptr& failure, Missing missing) {
        heard.push_back(failure ? Missing{"threw"} : std::move(missing));
      });
    }
    loop_.restart();
    loop_.run();
    return heard;
  }

  void stop(ReadinessCache& cache) {
    asio::co_spawn(loop_, cache.stop(), [](const std::exception_ptr&) {});
    loop_.restart();
    loop_.run();
  }

  /// A question that takes a while, and finds its own number missing. The first `failing` throw.
  Readiness question(int failing = 0) {
    return [this, failing] { return answer(failing); };
  }

  int questions_ = 0;

 private:
  Task<Missing> answer(int failing) {
    const int number = ++questions_;
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    if (number <= failing) throw std::runtime_error("the question failed");
    co_return Missing{std::to_string(number)};
  }

  asio::io_context loop_;
};

TEST_F(ReadinessCacheTest, AsksOnceForManyAndNotAgainWhileThatIsFresh) {
  ReadinessCache cache(question(), std::chrono::hours{1});
  EXPECT_EQ(ask(cache, 3), (std::vector<Missing>(3, Missing{"1"})));
  EXPECT_EQ(ask(cache, 1), (std::vector<Missing>{{"1"}}));
  EXPECT_EQ(questions_, 1);
}

TEST_F(ReadinessCacheTest, AsksAgainWhenTheAnswerIsOld) {
  ReadinessCache cache(question(), Millis{0});
  EXPECT_EQ(ask(cache, 1), (std::vector<Missing>{{"1"}}));
  EXPECT_EQ(ask(cache, 1), (std::vector<Missing>{{"2"}}));
}

TEST_F(ReadinessCacheTest, AFailureGoesToAllWhoWaitedForItAndIsNotKept) {
  ReadinessCache cache(question(1), std::chrono::hours{1});
  EXPECT_EQ(ask(cache, 3), (std::vector<Missing>(3, Missing{"threw"})));
  EXPECT_EQ(ask(cache, 1), (std::vector<Missing>{{"2"}}));
}

TEST_F(ReadinessCacheTest, StoppedItAsksNothing) {
  ReadinessCache cache(question(), Millis{0});
  stop(cache);
  EXPECT_EQ(ask(cache, 1), (std::vector<Missing>{{"threw"}}));
  EXPECT_EQ(questions_, 0);
}

}  // namespace
}  // namespace longshore
