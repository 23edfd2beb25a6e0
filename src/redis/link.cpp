#include "redis/link.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "net/race.h"

namespace longshore::redis {
namespace {

namespace asio = boost::asio;

// What one write hands to the kernel: large enough that calls share it, small enough to know what has left.
constexpr std::size_t kBatchBytes = 128 * 1024;
// So long nothing comes though something was sent: the server is gone, and the network does not say so. Early
// enough that calls on it have time left for the next one.
constexpr int kStallsPerTimeout = 4;
constexpr Millis kStallLeast{250};

}  // namespace

Link::Link(asio::any_io_executor executor, std::optional<Address> fixed, Tools tools)
    : fixed_(std::move(fixed)), tools_(tools), wake_(executor), step_(tools.options.reconnect_least) {
  address_ = fixed_.value_or(tools_.options.url.addresses.front());
}

asio::awaitable<void> Link::run(std::shared_ptr<Link> self) {
  while (!self->retired_) {
    std::optional<Lost> lost;
    try {
      co_await self->serve();
    } catch (const Lost& why) {
      lost = why;
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) throw;
      lost.emplace(error.what());
    } catch (const std::exception& error) {
      lost.emplace(error.what());
    }
    const bool missed = lost && !(self->wire_ && self->is_idle());
    if (missed) self->settle(*lost);
    self->wire_.reset();
    self->why_ended_.clear();
    self->leaving_ = false;
    if (missed) co_await self->pause();
  }
}

/// One connection; without an exception: nobody needs it any more.
asio::awaitable<void> Link::serve() {
  co_await wait_for_work(SteadyTime::max());
  if (retired_) co_return;
  co_await connect();
  co_await converse();
}

asio::awaitable<void> Link::pause() {
  const auto step = static_cast<std::uint64_t>(step_.count());
  step_ = std::min(step_ * 2, tools_.options.reconnect_most);
  co_await tools_.timers.sleep_for(Millis{static_cast<Millis::rep>(tools_.random.below(step + 1))});
}

/// There is something to send, or it is retired; or nothing has come until then.
asio::awaitable<Link::Found> Link::wait_for_work(SteadyTime until) {
  while ((waiting_.empty() || leaving_) && !retired_) {
    boost::system::error_code woken;
    wake_.expires_at(until);
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (!woken) co_return Found::nothing;
  }
  co_return Found::work;
}

asio::awaitable<void> Link::connect() {
  bytes_encoded_ = 0;
  wire_ = fixed_ ? co_await tools_.dialler.open(*fixed_) : co_await tools_.dialler.open_master(address_);
  if (std::exchange(down_, false)) tools_.log.info("Redis is there again", {{"server", address_.text()}});
}

/// Until one of the two ends, as that one does.
asio::awaitable<void> Link::converse() {
  std::optional<std::exception_ptr> end;
  const auto noting_its_end = [&end](asio::awaitable<void> work) -> asio::awaitable<void> {
    std::exception_ptr how;
    try {
      co_await std::move(work);
    } catch (...) {
      how = std::current_exception();
    }
    if (!end) end = how;
  };
  co_await ends_before(noting_its_end(read_replies()), noting_its_end(write_calls()));
  if (end && *end) std::rethrow_exception(*end);
}

asio::awaitable<void> Link::read_replies() {
  for (;;) {
    Reply reply = co_await wire_->read();
    if (sent_.empty()) throw Lost("a reply that nobody asked for");
    Sent answered = std::move(sent_.front());
    sent_.pop_front();
    step_ = tools_.options.reconnect_least;
    if (answered.pending) tools_.owner.on_reply(*this, std::move(answered.pending), std::move(reply));
    if (leaving_ && sent_.empty()) throw Lost(why_ended_);
  }
}

asio::awaitable<void> Link::write_calls() {
  for (;;) {
    const SteadyTime idle_until = std::chrono::steady_clock::now() + tools_.options.idle_most;
    const Found found = co_await wait_for_work(idle_until);
    if (retired_) co_return;
    if (found == Found::nothing) {
      if (sent_.empty()) co_return;
      continue;
    }
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
  end_if_stalled(now);
}

void Link::end_if_stalled(SteadyTime now) {
  if (!wire_ || sent_.empty()) return;
  const Millis limit = std::max(tools_.options.timeout / kStallsPerTimeout, kStallLeast);
  if (std::max(sent_.front().at, wire_->heard_at()) + limit > now) return;
  why_ended_ = "the server has stalled";
  wire_->close();
}

void Link::leave(const std::string& why) {
  if (std::exchange(leaving_, true)) return;
  why_ended_ = why;
}

void Link::retire() {
  retired_ = true;
  wake_.cancel();
}

/// The connection is over, or there was none.
void Link::settle(const Lost& why) {
  const Lost cause = why_ended_.empty() ? why : Lost(why_ended_);
  note_failure(cause);
  auto sent = std::exchange(sent_, {});
  auto waiting = std::exchange(waiting_, {});
  for (Sent& one : sent)
    if (one.pending) hand_back(std::move(one), cause);
  for (PendingPtr& pending : waiting) tools_.owner.on_unsent(std::move(pending), cause);
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
