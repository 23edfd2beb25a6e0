#include "front/grpc/inbox.h"

#include <algorithm>
#include <functional>
#include <memory>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "front/grpc/http2_session.h"

namespace longshore::grpc {
namespace {

namespace asio = boost::asio;

struct RecordedWindow final : StreamWindow {
  void open(std::int32_t bytes) override { opened = bytes; }
  void give_back(std::size_t bytes) override { given_back += bytes; }
  std::int32_t opened = 0;
  std::size_t given_back = 0;
};

constexpr std::size_t kBuffer = BufferPool::kBufferBytes;
constexpr std::size_t kFirst = Http2Session::kFirstWindowBytes;
constexpr std::int64_t kSmallBytes = 64 * 1024;

class InboxTest : public testing::Test {
 protected:
  void SetUp() override { make(Patience(1024, Millis{10'000})); }

  void make(Patience patience) {
    inbox.emplace(Inbox::Resources{pool, small, timers, time}, window, patience);
  }
  /// Runs until `work` waits for something, or is over.
  void start(Task<void> work) {
    asio::co_spawn(context, std::move(work), [this](const std::exception_ptr& failure) {
      over = true;
      if (!failure) return;
      try {
        std::rethrow_exception(failure);
      } catch (const Error& error) {
        reason = error.reason();
      }
    });
    poll();
  }
  void poll() {
    context.restart();
    context.poll();
  }
  bool receive(std::string_view text) {
    const bool goes_on = inbox->receive(as_bytes(text), nullptr);
    poll();
    return goes_on;
  }
  Task<void> read_next() {
    Piece piece = co_await inbox->next();
    taken += as_text(piece.bytes());
    last = std::move(piece);
  }
  Task<void> read_all() {
    for (;;) {
      Piece piece = co_await inbox->next();
      if (piece.empty()) co_return;
      taken += as_text(piece.bytes());
    }
  }
  Task<void> hold(std::int64_t bytes) {
    BufferPool::Reservation room = co_await pool.reserve(bytes);
    held = co_await inbox->hold(MessageRoom(std::move(room)), bytes);
  }
  Task<void> hold_small(std::int64_t bytes) {
    held = co_await inbox->hold(MessageRoom(static_cast<std::size_t>(bytes)), bytes);
  }

  asio::io_context context;
  BufferPool pool{8 * static_cast<std::int64_t>(kBuffer)};
  SmallMemory small{
      std::make_shared<ClientShares>(ClientShares::Caps{.all = kSmallBytes, .each = kSmallBytes}),
      boost::asio::ip::address_v4::loopback()};
  AsioTimers timers;
  ReadingTime time;
  RecordedWindow window;
  std::optional<Inbox> inbox;
  std::string taken;
  Piece last;
  std::vector<Piece> held;
  bool over = false;
  std::optional<Reason> reason;
};

TEST_F(InboxTest, FirstBytesNeedNoMemory) {
  const std::string half(kFirst / 2, 'a');
  receive(half);
  receive(half);
  EXPECT_EQ(small.shares->total(), 0);
  EXPECT_EQ(pool.in_use_bytes(), 0);
  start(read_next());
  EXPECT_EQ(taken, half + half);
  EXPECT_EQ(window.opened, 0);
}

TEST_F(InboxTest, MoreThanTheFirstWindowLiesInSmallMemory) {
  receive(std::string(kFirst, 'a'));
  receive("b");
  EXPECT_GE(small.shares->total(), 1);
  start(read_next());
  EXPECT_EQ(taken, std::string(kFirst, 'a') + "b");
  last = Piece();
  EXPECT_EQ(small.shares->total(), 0);
  receive("c");
  EXPECT_GE(small.shares->total(), 1) << "what was taken was not given back";
  start(read_next());
  inbox->give_back(kFirst);
  last = Piece();
  receive("d");
  EXPECT_EQ(small.shares->total(), 0);
}

TEST_F(InboxTest, WhoWaitsIsWoken) {
  start(read_all());
  EXPECT_FALSE(over);
  receive("abc");
  EXPECT_EQ(taken, "abc");
  inbox->end();
  poll();
  EXPECT_TRUE(over);
  EXPECT_FALSE(reason);
}

TEST_F(InboxTest, NoSmallMemoryIsBusy) {
  receive(std::string(60'000, 'x'));
  EXPECT_TRUE(receive(std::string(16'000, 'x')));
  start(read_next());
  EXPECT_EQ(reason, Reason::busy);
}

TEST_F(InboxTest, AHeldMessageOpensTheWindowByItsLength) {
  receive(std::string(1000, 'a'));
  start(hold(600'000));
  EXPECT_EQ(window.opened, 600'001);
  EXPECT_EQ(pool.in_use_bytes(), 3 * static_cast<std::int64_t>(kBuffer));
  receive(std::string(500'000, 'b'));
  EXPECT_FALSE(over);
  receive(std::string(99'000, 'c'));
  EXPECT_TRUE(over);
  std::string all;
  for (Piece& piece : held) all += as_text(piece.bytes());
  EXPECT_EQ(all, std::string(1000, 'a') + std::string(500'000, 'b') + std::string(99'000, 'c'));
  held.clear();
  inbox->close({Reason::body_cut_off, "answered"});
  EXPECT_EQ(pool.in_use_bytes(), 0);
  EXPECT_EQ(small.shares->total(), 0);
}

TEST_F(InboxTest, AHeldMessageMayLieInSmallMemory) {
  receive(std::string(1000, 'a'));
  start(hold_small(10'000));
  EXPECT_EQ(window.opened, 10'001);
  receive(std::string(5000, 'b'));
  EXPECT_FALSE(over);
  receive(std::string(4000, 'c'));
  EXPECT_TRUE(over);
  std::string all;
  for (Piece& piece : held) all += as_text(piece.bytes());
  EXPECT_EQ(all, std::string(1000, 'a') + std::string(5000, 'b') + std::string(4000, 'c'));
  EXPECT_EQ(pool.in_use_bytes(), 0);
}

TEST_F(InboxTest, AHeldMessageMayFitTheFirstWindow) {
  start(hold(100));
  EXPECT_EQ(window.opened, 0);
  receive(std::string(100, 'x'));
  EXPECT_TRUE(over);
}

TEST_F(InboxTest, MoreThanAHeldMessageIsRefused) {
  start(hold(100'000));
  receive(std::string(100'001, 'x'));
  EXPECT_EQ(reason, Reason::invalid_request);
}

TEST_F(InboxTest, MoreBehindAHeldMessageIsRefused) {
  start(hold(100'000));
  receive(std::string(100'000, 'x'));
  EXPECT_FALSE(reason);
  start(inbox->expect_end());
  receive("y");
  EXPECT_EQ(reason, Reason::invalid_request);
}

TEST_F(InboxTest, LessThanAHeldMessageIsCutOff) {
  start(hold(100'000));
  receive(std::string(99'999, 'x'));
  inbox->end();
  poll();
  EXPECT_EQ(reason, Reason::body_cut_off);
}

TEST_F(InboxTest, ARelayHoldsNothingWhileNothingComes) {
  receive("first");
  inbox->relay();
  EXPECT_EQ(window.opened, static_cast<std::int32_t>(kBuffer));
  start(read_all());
  EXPECT_EQ(pool.in_use_bytes(), 0);
  EXPECT_EQ(small.shares->total(), 0);
  receive("more");
  EXPECT_EQ(taken, "firstmore");
  EXPECT_EQ(pool.in_use_bytes(), 0);
}

TEST_F(InboxTest, ARelayFillsWholeBuffers) {
  inbox->relay();
  for (int i = 0; i < 17; ++i) inbox->receive(as_bytes(std::string(16 * 1024, 'x')), nullptr);
  EXPECT_EQ(pool.in_use_bytes(), 2 * static_cast<std::int64_t>(kBuffer));
  start(read_next());
  EXPECT_EQ(taken.size(), kBuffer);
  start(read_next());
  EXPECT_EQ(taken.size(), 17U * 16 * 1024);
  inbox->give_back(17U * 16 * 1024);
  EXPECT_EQ(window.given_back, 17U * 16 * 1024);
}

/// All buffers are in use; `text` lies in the one that the connection reads into.
class FullPoolTest : public InboxTest {
 protected:
  void SetUp() override {
    InboxTest::SetUp();
    read = std::make_shared<BufferPool::Buffer>(pool.try_acquire());
    std::ranges::copy(as_bytes(text), read->bytes().begin());
    while (BufferPool::Buffer buffer = pool.try_acquire()) others.push_back(std::move(buffer));
    inbox->relay();
  }
  bool receive_read() { return inbox->receive(read->bytes().first(text.size()), read); }
  void wait_for_room() {
    asio::co_spawn(context, inbox->has_room(), [this](const std::exception_ptr&) { has_room = true; });
    poll();
  }

  const std::string text = "frame";
  std::shared_ptr<BufferPool::Buffer> read;
  std::vector<BufferPool::Buffer> others;
  bool has_room = false;
};

TEST_F(FullPoolTest, OneFrameStaysWhereItWasReadAndTheConnectionWaits) {
  EXPECT_FALSE(receive_read());
  EXPECT_EQ(read.use_count(), 2);
  EXPECT_EQ(small.shares->total(), 0);
  wait_for_room();
  EXPECT_FALSE(has_room);
  start(read_next());
  poll();
  EXPECT_EQ(taken, "frame");
  EXPECT_TRUE(has_room);
  EXPECT_EQ(read.use_count(), 2) << "until the store has written it";
  last = Piece();
  EXPECT_EQ(read.use_count(), 1);
  others.clear();
  EXPECT_TRUE(receive("next"));
}

TEST_F(FullPoolTest, WhoeverWaitsForRoomIsFreedWhenTheCallEnds) {
  EXPECT_FALSE(receive_read());
  wait_for_room();
  inbox->close({Reason::body_cut_off, "answered"});
  poll();
  EXPECT_TRUE(has_room);
  EXPECT_EQ(read.use_count(), 1);
}

TEST_F(InboxTest, ACutOffReachesWhoeverReads) {
  inbox->relay();
  start(read_all());
  inbox->cut_off({Reason::body_cut_off, "gone"});
  poll();
  EXPECT_EQ(reason, Reason::body_cut_off);
  reason.reset();
  start(read_next());
  EXPECT_EQ(reason, Reason::body_cut_off);
}

TEST_F(InboxTest, WhatIsWholeIsNotCutOff) {
  receive("all");
  inbox->end();
  inbox->cut_off({Reason::body_cut_off, "gone"});
  start(read_all());
  EXPECT_EQ(taken, "all");
  EXPECT_FALSE(reason);
}

TEST_F(InboxTest, WhatIsThrownAwayIsNotTakenForWhole) {
  start(hold(100));
  inbox->receive(as_bytes(std::string(100, 'x')), nullptr);
  inbox->end();
  inbox->close({Reason::body_cut_off, "answered"});
  poll();
  EXPECT_EQ(reason, Reason::body_cut_off);
  EXPECT_TRUE(held.empty());
}

TEST_F(InboxTest, NobodyIsTooSlowWhileTheConnectionIsNotRead) {
  make(Patience(1024, Millis{30}));
  std::optional<ReadingTime::Pause> pause(std::in_place, time);
  start(read_all());
  context.restart();
  context.run_for(Millis{200});
  EXPECT_FALSE(over);
  pause.reset();
  receive("in time");
  EXPECT_EQ(taken, "in time");
  inbox->end();
  poll();
  EXPECT_FALSE(reason);
}

TEST_F(InboxTest, TooSlowIsATimeout) {
  make(Patience(1024, Millis{30}));
  start(read_all());
  context.restart();
  context.run();
  EXPECT_EQ(reason, Reason::request_timeout);
}

}  // namespace
}  // namespace longshore::grpc
