#include "net/listener.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <set>
#include <stdexcept>
#include <sys/resource.h>
#include <thread>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

namespace longshore {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

const tcp::endpoint kAnyPort{asio::ip::address_v4::loopback(), 0};

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

/// Two loops on threads of their own, and a listener that echoes single bytes.
class ListenerTest : public testing::Test {
 protected:
  ~ListenerTest() override { shut_down(); }

  void listen(std::int64_t connections_max, tcp::endpoint endpoint = kAnyPort) {
    ListenerCallbacks callbacks{
        .serve = [this](tcp::socket socket) { return echo(std::move(socket)); },
        .on_serve_error = [this](std::exception_ptr) { ++serve_errors_; },
        .on_accept_error =
            [this](error_code error) {
              const std::lock_guard lock(mutex_);
              accept_error_ = error;
              ++accept_errors_;
              if (callbacks_throw_) throw std::runtime_error("the callback fails too");
            },
        .on_refused =
            [this](const asio::ip::address&) {
              ++refused_;
              if (callbacks_throw_) throw std::runtime_error("the callback fails too");
            },
    };
    connections_ = ClientShares::of(connections_max);
    listener_ = std::make_unique<Listener>(std::vector{&loops_[0], &loops_[1]},
                                           ListenerOptions{.endpoint = endpoint, .connections = connections_},
                                           std::move(callbacks), gate_);
    listener_->start();
    for (int i = 0; i < 2; ++i) {
      threads_.emplace_back([this, i] {
        auto busy = asio::make_work_guard(loops_[i]);
        loops_[i].run();
      });
    }
  }

  void shut_down() {
    if (!listener_) return;
    listener_->stop();
    gate_.close();
    gate_.cancel();
    EXPECT_TRUE(eventually([&] { return gate_.running() == 0; }));
    for (auto& loop : loops_) loop.stop();
    for (auto& thread : threads_) thread.join();
    listener_.reset();
  }

  asio::awaitable<void> echo(tcp::socket socket) {
    tcp::no_delay no_delay;
    socket.get_option(no_delay);
    if (!no_delay.value() || !socket.non_blocking()) ++badly_set_up_;
    {
      const std::lock_guard lock(mutex_);
      serving_threads_.insert(std::this_thread::get_id());
    }
    char byte = 0;
    for (;;) {
      co_await asio::async_read(socket, asio::buffer(&byte, 1), asio::use_awaitable);
      if (byte == 'x') throw std::runtime_error("as the client wished");
      co_await asio::async_write(socket, asio::buffer(&byte, 1), asio::use_awaitable);
    }
  }

  tcp::socket connect() {
    tcp::socket socket(client_);
    socket.connect(listener_->endpoint());
    return socket;
  }
  static bool echoes(tcp::socket& socket) {
    error_code error;
    char byte = 'a';
    asio::write(socket, asio::buffer(&byte, 1), error);
    if (!error) asio::read(socket, asio::buffer(&byte, 1), error);
    return !error && byte == 'a';
  }

  asio::io_context loops_[2]{asio::io_context(1), asio::io_context(1)};
  asio::io_context client_;
  Gate gate_;
  std::shared_ptr<ClientShares> connections_;
  std::unique_ptr<Listener> listener_;
  std::vector<std::thread> threads_;
  std::atomic<int> badly_set_up_{0};
  std::atomic<int> serve_errors_{0};
  std::atomic<int> accept_errors_{0};
  std::atomic<int> refused_{0};
  std::atomic<bool> callbacks_throw_{false};
  std::mutex mutex_;
  error_code accept_error_;
  std::set<std::thread::id> serving_threads_;
};

TEST_F(ListenerTest, ServesOnAllLoops) {
  listen(400);
  EXPECT_NE(listener_->endpoint().port(), 0);
  std::vector<tcp::socket> sockets;
  for (int i = 0; i < 40; ++i) {
    sockets.push_back(connect());
    EXPECT_TRUE(echoes(sockets.back()));
  }
  EXPECT_EQ(connections_->total(), 40);
  sockets.clear();
  EXPECT_TRUE(eventually([&] { return connections_->total() == 0; }));
  EXPECT_EQ(badly_set_up_, 0);
  EXPECT_EQ(accept_errors_, 0);
  EXPECT_EQ(serving_threads_.size(), 2U);
}

TEST_F(ListenerTest, AnErrorOfOneConnectionIsReportedAndConcernsNoOther) {
  listen(8);
  tcp::socket bad = connect();
  tcp::socket good = connect();
  EXPECT_TRUE(echoes(good));
  asio::write(bad, asio::buffer("x", 1));
  EXPECT_TRUE(eventually([&] { return serve_errors_ == 1; }));
  EXPECT_TRUE(eventually([&] { return connections_->total() == 1; }));
  EXPECT_TRUE(echoes(good));
}

TEST_F(ListenerTest, OneAddressHoldsAQuarter) {
  listen(8);
  tcp::socket first = connect();
  tcp::socket second = connect();
  EXPECT_TRUE(echoes(first) && echoes(second));
  tcp::socket third = connect();
  EXPECT_FALSE(echoes(third));  // closed at once
  EXPECT_EQ(refused_, 1);
  second.close();
  EXPECT_TRUE(eventually([&] { return connections_->total() == 1; }));
  tcp::socket fourth = connect();
  EXPECT_TRUE(echoes(fourth));
  EXPECT_TRUE(echoes(first));
}

TEST_F(ListenerTest, ATakenPortIsRefused) {
  listen(8);
  Gate gate;
  EXPECT_THROW(
      Listener({&client_},
               ListenerOptions{.endpoint = listener_->endpoint(), .connections = ClientShares::of(8)}, {},
               gate),
      boost::system::system_error);
}

TEST_F(ListenerTest, StopClosesThePortAndLeavesConnectionsAlone) {
  listen(8);
  tcp::socket open = connect();
  EXPECT_TRUE(echoes(open));
  const tcp::endpoint endpoint = listener_->endpoint();
  listener_->stop();
  listener_->stop();
  EXPECT_TRUE(eventually([&] { return gate_.running() == 1; }));  // both that accepted have left
  tcp::socket late(client_);
  error_code error;
  late.connect(endpoint, error);
  EXPECT_EQ(error, asio::error::connection_refused);
  EXPECT_TRUE(echoes(open));
}

/// While it lives this process can open no further file descriptor.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  NoMoreDescriptors(const NoMoreDescriptors&) = delete;
  NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;
  ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(ListenerTest, GoesOnAfterItRanOutOfDescriptors) {
  listen(400);
  std::vector<tcp::socket> waiting;
  for (int i = 0; i < 8; ++i) waiting.emplace_back(client_).open(tcp::v4());  // while there are descriptors
  {
    const NoMoreDescriptors exhausted;
    const auto begin = std::chrono::steady_clock::now();
    for (auto& socket : waiting) socket.connect(listener_->endpoint());  // into the backlog
    EXPECT_TRUE(eventually([&] { return accept_errors_ >= 4; }));  // on two loops: one of them tried again
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 100ms);    // and did not spin
    EXPECT_EQ(connections_->total(), 0);
  }
  for (auto& socket : waiting) EXPECT_TRUE(echoes(socket));
  tcp::socket fresh = connect();
  EXPECT_TRUE(echoes(fresh));
  EXPECT_EQ(accept_error_, asio::error::no_descriptors);
}

TEST_F(ListenerTest, GoesOnAfterACallbackHasThrown) {
  callbacks_throw_ = true;
  listen(8);
  std::vector<tcp::socket> waiting;
  for (int i = 0; i < 2; ++i) waiting.emplace_back(client_).open(tcp::v4());
  {
    const NoMoreDescriptors exhausted;
    for (auto& socket : waiting) socket.connect(listener_->endpoint());
    EXPECT_TRUE(eventually([&] { return accept_errors_ >= 4 && serve_errors_ >= 4; }));
  }
  EXPECT_TRUE(eventually([&] { return connections_->total() == 2; }));
  for (auto& socket : waiting) EXPECT_TRUE(echoes(socket));

  const int errors = serve_errors_;
  for (int i = 1; i <= 4; ++i) {  // on either loop
    tcp::socket above_the_share = connect();
    EXPECT_FALSE(echoes(above_the_share));
    EXPECT_EQ(refused_, i);
    EXPECT_TRUE(eventually([&] { return serve_errors_ == errors + i; }));
  }
}

}  // namespace
}  // namespace longshore
