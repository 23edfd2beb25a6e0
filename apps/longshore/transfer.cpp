#include "apps/longshore/transfer.h"

#include <utility>

#include "net/race.h"

namespace longshore::cli {

namespace asio = boost::asio;

namespace {

constexpr Millis kBarPeriod{200};    // looks alive
constexpr Millis kLinePeriod{5000};  // does not flood a log

}  // namespace

Transfer::Transfer(Console& console, Timers& timers, std::string name, std::optional<std::int64_t> total)
    : console_(console), timers_(timers), name_(std::move(name)), total_(total) {}

Millis Transfer::elapsed() const {
  return std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - started_);
}

double Transfer::seconds() const { return static_cast<double>(elapsed().count()) / 1000; }

void Transfer::waits(const Failure& failure) {
  const std::string text = "waiting: " + failure.detail();
  if (text == waiting_for_ && bytes_ == bytes_when_stopped_) return;
  waiting_for_ = text;
  bytes_when_stopped_ = bytes_;
  if (!console_.draws_bars()) console_.note(name_ + ": " + text);
}

void Transfer::begin_at(std::int64_t bytes) {
  bytes_ = bytes;
  meter_ = {};
  meter_.sample(elapsed(), bytes_);
}

asio::awaitable<bool> Transfer::tick() {
  meter_.sample(elapsed(), bytes_);
  if (bytes_ > bytes_when_stopped_) waiting_for_.clear();
  console_.draw({.name = name_,
                 .done = bytes_,
                 .total = total_,
                 .bytes_per_second = meter_.bytes_per_second(),
                 .waiting_for = waiting_for_});
  co_return true;
}

asio::awaitable<void> Transfer::show_during(asio::awaitable<void> work) {
  meter_.sample(elapsed(), bytes_);
  const Millis period = console_.draws_bars() ? kBarPeriod : kLinePeriod;
  co_await with_heartbeat(timers_, period, [this] { return tick(); }, std::move(work));
  console_.clear();
}

}  // namespace longshore::cli
