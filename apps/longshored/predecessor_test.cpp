#include "apps/longshored/predecessor.h"

#include <functional>
#include <optional>
#include <sstream>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "apps/longshored/config_fixture_test.h"
#include "domain/error.h"

namespace longshore::server {
namespace {

using boost::asio::ip::tcp;

/// Time that passes at once; something may happen meanwhile.
class PassingTime final : public Timers {
 public:
  boost::asio::awaitable<void> sleep_for(Millis duration) override {
    passed += duration;
    if (meanwhile) meanwhile();
    co_return;
  }
  Millis passed{0};
  std::function<void()> meanwhile;
};

class PredecessorTest : public ConfigFixture {
 protected:
  /// What take_over() says; "" where it succeeds.
  std::string refusal() {
    try {
      take_over(config_, time_, Log::to_stream(log_, LogFormat::kText, LogLevel::kInfo, clock_));
      return "";
    } catch (const Error& error) {
      return error.message();
    }
  }
  std::optional<tcp::acceptor> listener_at(std::uint16_t port) {
    return tcp::acceptor(loop_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), port));
  }

  Config config_ = load("[http]\nlisten = \"127.0.0.1:0\"\n").config;
  PassingTime time_;
  std::ostringstream log_;
  SystemClock clock_;
  boost::asio::io_context loop_;
};

TEST_F(PredecessorTest, NobodyIsWaitedForWhereNobodyIs) {
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(time_.passed, Millis{0});
  EXPECT_EQ(log_.str(), "");
}

TEST_F(PredecessorTest, AFolderThatIsStillHeldIsWaitedForAndTheLogSaysSo) {
  std::optional<sqlite::DataFolder> held(std::in_place, config_.data_dir.string());
  time_.meanwhile = [&] {
    if (time_.passed >= Millis{1000}) held.reset();
  };
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(time_.passed, Millis{1000});
  EXPECT_NE(log_.str().find("waiting for another process to end"), std::string::npos) << log_.str();
  EXPECT_NE(log_.str().find("in use by process"), std::string::npos) << log_.str();
}

TEST_F(PredecessorTest, OneThatStaysIsWaitedForNoLongerThanFiveSeconds) {
  const sqlite::DataFolder held(config_.data_dir.string());
  EXPECT_NE(refusal().find("in use by process"), std::string::npos);
  EXPECT_EQ(time_.passed, Millis{5000});
}

TEST_F(PredecessorTest, NothingIsMadeWhereAPortIsTaken) {
  std::optional<tcp::acceptor> listener = listener_at(0);
  const std::uint16_t port = listener->local_endpoint().port();
  config_.http.listen.port = port;
  const std::string taken =
      "cannot listen on 127.0.0.1:" + std::to_string(port) +
      ": Address already in use; end the process that listens there, or choose another port";
  EXPECT_EQ(refusal(), taken);
  EXPECT_EQ(time_.passed, Millis{5000});
  EXPECT_FALSE(std::filesystem::exists(config_.data_dir));

  listener.reset();
  EXPECT_EQ(refusal(), "");
  listener = listener_at(port);
  config_.metrics = {.separate = true, .listen = config_.http.listen};
  config_.http.listen.port = 0;
  EXPECT_EQ(refusal(), taken) << "the operators' port as well";
}

TEST_F(PredecessorTest, AnAddressOfAnotherMachineIsNotWaitedFor) {
  config_.http.listen.address = "192.0.2.1";
  EXPECT_EQ(refusal(), "cannot listen on 192.0.2.1:0: Cannot assign requested address");
  EXPECT_EQ(time_.passed, Millis{0});
  EXPECT_FALSE(std::filesystem::exists(config_.data_dir));
}

}  // namespace
}  // namespace longshore::server
