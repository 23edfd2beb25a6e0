#include "redis/link.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/race.h"

namespace longshore::redis {
namespace {

namespace asio = boost::asio;

// What one write hands to the kernel: large enough that calls share it, small enough to know what has left.
constexpr std::size_t kBatchBytes = 128 * 1024;

}  // namespace

Link::Link(asio::any_io_executor executor, std::optional<Address> fixed, Tools tools)
    : fixed_(std::move(fixed)), tools_(tools), wake_(executor), step_(tools.options.reconnect_least) {
  address_ = fixed_.value_or(tools_.options.url.addresses.front());
}

asio::awaitable<void> Link::run(std::shared_ptr<Link> self) { co_await self->work(); }

asio::awaitable<void> Link::work() {
  for (;;) {
    co_await something_to_do();
    if (retired_) co_return;
    std::optional<Lost> lost;
    try {
      co_await connect();
      co_await ends_before(read_replies(), write_calls());
    } catch (const Lost& why) {
      lost = why;
    }
    settle(lost.value_or(Lost("the connection ended")));
    if (step_ > Millis{0}) {
      const auto pause = tools_.random.below(static_cast<std::uint64_t>(step_.count()) + 1);
      co_await tools_.timers.sleep_for(Millis{static_cast<Millis::rep>(pause)});
    }
    step_ = std::min(step_ * 2, tools_.options.reconnect_most);
  }
}

asio::awaitable<void> Link::something_to_do() {
  while (waiting_.empty() && !retired_) {
    boost::system::error_code woken;
    wake_.expires_at(SteadyTime::max());
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

asio::awaitable<void> Link::connect() {
  bytes_encoded_ = 0;
  why_dropped_.clear();
  wire_ = fixed_ ? co_await tools_.dialler.open(*fixed_) : co_await tools_.dialler.open_master(address_);
  if (std::exchange(down_, false)) tools_.log.info("Redis is there again", {{"server", address_.text()}});
}

asio::awaitable<void> Link::read_replies() {
  for (;;) {
    Reply reply = co_await wire_->read();
    if (sent_.empty()) throw Lost("a reply that nobody asked for");
    Sent answered = std::move(sent_.front());
    sent_.pop_front();
    step_ = tools_.options.reconnect_least;
    if (answered.pending) tools_.owner.on_reply(*this, std::move(answered.pending), std::move(reply));
  }
}

asio::awaitable<void> Link::write_calls() {
  for (;;) {
    co_await something_to_do();
    if (retired_) throw Lost("nothing more is sent there");
    const std::string batch = take_batch();
    co_await wire_->write(batch);
  }
}

std::string Link::take_batch() {
  std::string batch;
  const SteadyTime now = std::chrono::steady_clock::now();
  while (!waiting_.empty() && batch.size() < kBatchBytes) {
    PendingPtr pending = std::move(waiting_.front());
    waiting_.pop_front();
    const std::uint64_t begins = bytes_encoded_ + batch.size();
    append_call(batch, *pending);
    if (pending->asking) sent_.push_back({nullptr, begins, now});  // ASKING has a reply of its own
    pending->asking = false;
    sent_.push_back({std::move(pending), begins, now});
  }
  bytes_encoded_ += batch.size();
  return batch;
}

void Link::send(PendingPtr pending) {
  waiting_.push_back(std::move(pending));
  wake_.cancel();
}

void Link::expire(SteadyTime now) {
  const Lost why("it was not answered in time");
  std::deque<PendingPtr> late;
  for (PendingPtr& pending : waiting_)
    if (pending->deadline <= now) late.push_back(std::move(pending));
  std::erase(waiting_, nullptr);
  for (PendingPtr& pending : late) tools_.owner.on_unsent(std::move(pending), why);

  for (Sent& sent : sent_)
    if (sent.pending && sent.pending->deadline <= now)
      hand_back({std::move(sent.pending), sent.begins, sent.at}, why);
  if (!sent_.empty() && sent_.front().at + tools_.options.timeout <= now) drop("the server has stalled");
}

void Link::drop(const std::string& why) {
  if (!wire_) return;
  why_dropped_ = why;
  wire_->close();
}

void Link::retire() {
  retired_ = true;
  wake_.cancel();
}

/// The connection is over, or there was none.
void Link::settle(const Lost& why) {
  const Lost cause = why_dropped_.empty() ? why : Lost(why_dropped_);
  note_failure(cause);
  auto sent = std::exchange(sent_, {});
  auto waiting = std::exchange(waiting_, {});
  for (Sent& one : sent)
    if (one.pending) hand_back(std::move(one), cause);
  for (PendingPtr& pending : waiting) tools_.owner.on_unsent(std::move(pending), cause);
  wire_.reset();
}

void Link::hand_back(Sent sent, const Lost& why) {
  const bool left_us = wire_ && sent.begins < wire_->bytes_written();
  if (left_us)
    tools_.owner.on_lost(std::move(sent.pending), why);
  else
    tools_.owner.on_unsent(std::move(sent.pending), why);
}

void Link::note_failure(const Lost& why) {
  if (std::exchange(down_, true)) return;
  tools_.log.warn("no connection to Redis", {{"server", address_.text()}, {"why", why.what()}});
}

}  // namespace longshore::redis
