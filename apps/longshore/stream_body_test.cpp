#include "apps/longshore/stream_body.h"

#include <array>
#include <unistd.h>

#include <gtest/gtest.h>

#include "apps/longshore/failure.h"
#include "apps/longshore/run_awaitable.h"
#include "net/race.h"

namespace longshore::cli {
namespace {

using testing::run_awaitable;

class StreamBodies : public ::testing::Test {
 protected:
  StreamBodies() { EXPECT_EQ(::pipe(ends_.data()), 0); }
  ~StreamBodies() override {
    pool_.join();
    ::close(ends_[0]);
    close_writer();
  }

  void write(std::string_view text) {
    EXPECT_EQ(::write(ends_[1], text.data(), text.size()), std::ssize(text));
  }
  void close_writer() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

  std::array<int, 2> ends_{-1, -1};
  BlockingPool pool_{1};
  std::int64_t sent_ = 0;
};

boost::asio::awaitable<void> take(HttpBody& body, std::size_t& size) { size = (co_await body.next()).size(); }

TEST_F(StreamBodies, GivesWhatIsThereUntilTheEnd) {
  StreamBody body(ends_[0], pool_, sent_);
  EXPECT_FALSE(body.length());
  EXPECT_TRUE(body.rewind());
  write("hello");
  EXPECT_EQ(run_awaitable(body.next()).size(), 5U);
  EXPECT_EQ(sent_, 5);
  EXPECT_FALSE(body.rewind());  // those bytes are gone
  close_writer();
  EXPECT_TRUE(run_awaitable(body.next()).empty());
}

TEST_F(StreamBodies, CanBeLeftWhileTheStreamIsSilent) {
  StreamBody body(ends_[0], pool_, sent_);
  AsioTimers timers;
  std::size_t size = 1;
  EXPECT_FALSE(run_awaitable(ends_within(timers, Millis{10}, take(body, size))));
  EXPECT_EQ(size, 1U);
}

TEST_F(StreamBodies, NamesAReadError) {
  StreamBody body(ends_[1], pool_, sent_);  // the end that cannot be read
  ::close(ends_[0]);                        // so that poll() has something to say
  try {
    run_awaitable(body.next());
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.reason, reasons::kFileError);
  }
  ends_[0] = ::dup(ends_[1]);
}

}  // namespace
}  // namespace longshore::cli
