#include "aws/refreshing_provider.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <future>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include "net/timers.h"
#include "tests/fakes/manual_clock.h"

namespace longshore::aws {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kHour = std::chrono::hours(1);

/// Gives numbered credentials for a while, unless it is told to fail; takes its time if it is told to.
class CountingSource final : public CredentialsSource {
 public:
  explicit CountingSource(const Clock& clock) : clock_(clock) {}

  [[nodiscard]] std::string_view name() const override { return "test"; }
  Task<Credentials> fetch() override {
    ++fetches;
    AsioTimers timers;
    while (held) co_await timers.sleep_for(1ms);
    if (fails) throw not_now("it rains");
    if (!same) ++number_;
    Credentials credentials{.access_key_id = "key" + std::to_string(number_),
                            .secret_access_key = Secret("x")};
    if (life) credentials.expires = clock_.now() + *life;
    co_return credentials;
  }

  int fetches = 0;
  bool held = false;
  bool fails = false;
  bool same = false;
  std::optional<Millis> life = kHour;

 private:
  const Clock& clock_;
  int number_ = 0;
};

/// Always the same draw.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(std::uint8_t byte) : byte_(byte) {}
  void fill(std::span<std::uint8_t> out) override { std::ranges::fill(out, byte_); }

 private:
  const std::uint8_t byte_;
};

class RefreshingProviderTest : public testing::Test {
 protected:
  RefreshingProviderTest() {
    auto source = std::make_unique<CountingSource>(clock_);
    source_ = source.get();
    provider_ = std::make_unique<RefreshingProvider>(
        std::move(source), clock_, random_, Log::to_stream(log_, LogFormat::kText, LogLevel::kDebug, clock_));
  }

  template <class T>
  std::future<T> spawn(Task<T> task) {
    return asio::co_spawn(loop_, std::move(task), asio::use_future);
  }
  /// Also waits for a fetch that it has started.
  void run() {
    loop_.restart();
    loop_.run();
  }
  CredentialsPtr get() {
    auto got = spawn(provider_->get());
    run();
    return got.get();
  }
  std::string key() { return get()->access_key_id; }
  CredentialsPtr renew(CredentialsPtr rejected) {
    auto got = spawn(provider_->renew(std::move(rejected)));
    run();
    return got.get();
  }
  bool get_fails() {
    try {
      get();
      return false;
    } catch (const Error& error) {
      return error.reason() == Reason::store_unavailable && error.outcome() == Outcome::retry;
    }
  }
  void advance(Millis by) { clock_.advance(by); }

  ManualClock clock_;
  SystemRandom random_;
  std::ostringstream log_;
  asio::io_context loop_;
  CountingSource* source_ = nullptr;
  std::unique_ptr<RefreshingProvider> provider_;
};

TEST_F(RefreshingProviderTest, ASnapshotServesUntilShortlyBeforeItsEnd) {
  const CredentialsPtr first = get();
  EXPECT_EQ(first->access_key_id, "key1");
  advance(kHour - RefreshingProvider::kAhead * 5 / 4 - 1s);  // a quarter by chance
  EXPECT_EQ(get(), first);
  EXPECT_EQ(source_->fetches, 1);
}

TEST_F(RefreshingProviderTest, NewOnesAreFetchedAheadWhileTheOldOnesServe) {
  get();
  advance(kHour - RefreshingProvider::kAhead);
  EXPECT_EQ(key(), "key1") << "nobody waits for the fetch";
  EXPECT_EQ(source_->fetches, 2);
  EXPECT_EQ(key(), "key2");
}

TEST_F(RefreshingProviderTest, ServersThatBeganTogetherDoNotFetchTogether) {
  const auto second_of_fetch = [this](std::uint8_t draw) {
    FixedRandom random(draw);
    auto owned = std::make_unique<CountingSource>(clock_);
    const CountingSource& source = *owned;
    RefreshingProvider provider(std::move(owned), clock_, random, Log::none());
    int second = 0;
    for (; source.fetches < 2; ++second, advance(1s)) {
      spawn(provider.get());
      run();
    }
    return second;
  };
  const int one = second_of_fetch(0x55);
  const int other = second_of_fetch(0x77);
  EXPECT_GT(std::abs(one - other), 5);
  for (const int second : {one, other}) {
    EXPECT_GE(second, 3600 - 750);
    EXPECT_LE(second, 3600 - 600 + 1);
  }
}

TEST_F(RefreshingProviderTest, ShortLivesAreRefreshedAtHalf) {
  source_->life = 10min;
  get();
  advance(3min + 44s);
  get();
  EXPECT_EQ(source_->fetches, 1);
  advance(76s);
  get();
  EXPECT_EQ(source_->fetches, 2);
}

TEST_F(RefreshingProviderTest, AnyNumberOfCallersCauseOneFetch) {
  source_->held = true;
  std::vector<std::future<CredentialsPtr>> all;
  for (int i = 0; i < 50; ++i) all.push_back(spawn(provider_->get()));
  for (int i = 0; i < 100; ++i) loop_.run_one();
  source_->held = false;
  run();
  const CredentialsPtr first = all[0].get();
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_EQ(all[i].get(), first);
  EXPECT_EQ(source_->fetches, 1);
}

TEST_F(RefreshingProviderTest, ACancelledCallerLeavesTheFetchToTheOthers) {
  source_->held = true;
  asio::cancellation_signal cancel;
  std::exception_ptr ended_by;
  asio::co_spawn(
      loop_, provider_->get(),
      asio::bind_cancellation_slot(
          cancel.slot(), [&](std::exception_ptr error, const CredentialsPtr&) { ended_by = error; }));
  auto other = spawn(provider_->get());
  for (int i = 0; i < 10; ++i) loop_.run_one();
  cancel.emit(asio::cancellation_type::terminal);
  source_->held = false;
  run();
  EXPECT_THROW(std::rethrow_exception(ended_by), boost::system::system_error);
  EXPECT_EQ(other.get()->access_key_id, "key1");
  EXPECT_EQ(source_->fetches, 1);
}

// ---- fetches that fail

TEST_F(RefreshingProviderTest, TheOldOnesServeWhileAFetchFails) {
  get();
  source_->fails = true;
  advance(kHour - 5min);
  EXPECT_EQ(key(), "key1");
  EXPECT_EQ(source_->fetches, 2);
  EXPECT_EQ(key(), "key1");
  EXPECT_EQ(source_->fetches, 2) << "not again at once";
  advance(RefreshingProvider::kPauseWhileGood * 3 / 2);
  EXPECT_EQ(key(), "key1");
  EXPECT_EQ(source_->fetches, 3);
  EXPECT_NE(log_.str().find("it rains"), std::string::npos);

  source_->fails = false;
  advance(RefreshingProvider::kPauseWhileGood * 3 / 2);
  key();
  EXPECT_EQ(key(), "key2");
}

TEST_F(RefreshingProviderTest, BeyondTheirEndTheServerDecides) {
  const CredentialsPtr first = get();
  source_->fails = true;
  advance(kHour);
  EXPECT_EQ(get(), first) << "our clock may be wrong";
  advance(2s);
  EXPECT_THROW(renew(first), Error);
  EXPECT_TRUE(get_fails());
  source_->fails = false;
  advance(2s);
  EXPECT_EQ(key(), "key2");
}

TEST_F(RefreshingProviderTest, ExpiredOnesAreNotGivenWhereThereAreNew) {
  get();
  advance(kHour);
  EXPECT_EQ(key(), "key2");
}

TEST_F(RefreshingProviderTest, AFailureIsNotRepeatedAtOnce) {
  source_->fails = true;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(get_fails());
  EXPECT_EQ(source_->fetches, 1);
  advance(RefreshingProvider::kPauseWhileBad * 3 / 2);
  EXPECT_TRUE(get_fails());
  EXPECT_EQ(source_->fetches, 2);
}

// ---- credentials that the server rejects

TEST_F(RefreshingProviderTest, RejectedByManyTheyAreFetchedOnce) {
  const CredentialsPtr first = get();
  std::vector<std::future<CredentialsPtr>> all;
  for (int i = 0; i < 50; ++i) all.push_back(spawn(provider_->renew(first)));
  run();
  for (auto& one : all) EXPECT_EQ(one.get()->access_key_id, "key2");
  EXPECT_EQ(source_->fetches, 2);
  EXPECT_EQ(renew(first)->access_key_id, "key2") << "a late one";
  EXPECT_EQ(source_->fetches, 2);
}

TEST_F(RefreshingProviderTest, WhereThereAreNoNewerOnesTheSameAreGiven) {
  source_->life.reset();
  source_->same = true;
  const CredentialsPtr first = get();
  EXPECT_EQ(renew(first), first);
  EXPECT_EQ(renew(first), first);
  EXPECT_EQ(source_->fetches, 2) << "not once a request";
  EXPECT_EQ(get(), first);
  advance(RefreshingProvider::kPauseWhileSame);
  EXPECT_EQ(renew(first), first);
  EXPECT_EQ(source_->fetches, 3);
}

TEST_F(RefreshingProviderTest, RejectedOnesAreNotGivenAgainWhileAFetchFails) {
  const CredentialsPtr first = get();
  source_->fails = true;
  EXPECT_THROW(renew(first), Error);
  EXPECT_TRUE(get_fails());
  EXPECT_THROW(renew(first), Error);
  EXPECT_EQ(source_->fetches, 2);
}

// ---- the end

TEST_F(RefreshingProviderTest, StoppedItFetchesNoMore) {
  source_->held = true;
  auto waiting = spawn(provider_->get());
  for (int i = 0; i < 10; ++i) loop_.run_one();
  auto stopped = spawn(provider_->stop());
  run();
  stopped.get();
  EXPECT_THROW(waiting.get(), Error);
  EXPECT_TRUE(get_fails());
  EXPECT_EQ(source_->fetches, 1);
}

}  // namespace
}  // namespace longshore::aws
