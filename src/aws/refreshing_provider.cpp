#include "aws/refreshing_provider.h"

#include <algorithm>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

namespace longshore::aws {

namespace asio = boost::asio;

namespace {

bool same_keys(const Credentials& a, const Credentials& b) {
  return a.access_key_id == b.access_key_id && a.expires == b.expires &&
         a.secret_access_key.expose() == b.secret_access_key.expose() &&
         a.session_token.expose() == b.session_token.expose();
}

std::string message_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "unknown";
  }
}

}  // namespace

RefreshingProvider::RefreshingProvider(std::unique_ptr<CredentialsSource> source, const Clock& clock,
                                       Random& random, Log log)
    : source_(std::move(source)), clock_(clock), random_(random), log_(std::move(log)) {}

RefreshingProvider::~RefreshingProvider() = default;

Task<CredentialsPtr> RefreshingProvider::get() {
  const auto executor = co_await asio::this_coro::executor;
  std::uint64_t fetches_seen = 0;
  {
    const std::lock_guard lock(mutex_);
    const Time now = clock_.now();
    const bool due = now >= next_fetch_;
    if (is_usable() && (is_good(now) || !due)) {
      if (due) fetches_.start(executor);
      co_return current_;
    }
    if (has_just_failed(now)) std::rethrow_exception(last_error_);
    fetches_seen = fetches_.ended();
  }
  co_return co_await wait_for_fetch(fetches_seen);
}

Task<CredentialsPtr> RefreshingProvider::renew(CredentialsPtr rejected) {
  std::uint64_t fetches_seen = 0;
  {
    const std::lock_guard lock(mutex_);
    const Time now = clock_.now();
    if (is_usable() && (current_ != rejected || now < next_renewal_)) co_return current_;
    if (!is_usable() && has_just_failed(now)) std::rethrow_exception(last_error_);
    rejected_ = current_;
    fetches_seen = fetches_.ended();
  }
  co_return co_await wait_for_fetch(fetches_seen);
}

/// What the next fetch gives, or one that has ended since `fetches_seen` was looked at.
Task<CredentialsPtr> RefreshingProvider::wait_for_fetch(std::uint64_t fetches_seen) {
  if (!co_await fetches_.join(fetches_seen)) throw not_now("the server is going down");
  const std::lock_guard lock(mutex_);
  if (!is_usable() && last_error_) std::rethrow_exception(last_error_);
  co_return current_;
}

Task<void> RefreshingProvider::fetch() {
  Credentials fetched;
  std::exception_ptr error;
  try {
    fetched = co_await source_->fetch();
  } catch (...) {
    error = std::current_exception();
  }
  const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
  if (cancelled != asio::cancellation_type::none) co_return;
  if (error) {
    bear(std::move(error));
  } else {
    take(std::move(fetched));
  }
}

void RefreshingProvider::take(Credentials fetched) {
  const std::lock_guard lock(mutex_);
  const Time now = clock_.now();
  last_error_ = nullptr;
  rejected_ = nullptr;
  if (current_ && same_keys(*current_, fetched)) {
    next_renewal_ = now + kPauseWhileSame;
  } else {
    current_ = std::make_shared<const Credentials>(std::move(fetched));
  }
  next_fetch_ = Time::max();
  if (const auto expires = current_->expires) {
    const Millis ahead = std::clamp((*expires - now) / 2, Millis{0}, kAhead);
    const Millis chance{random_.below(static_cast<std::uint64_t>(ahead.count() / 4 + 1))};
    next_fetch_ = std::max(*expires - ahead - chance, now + kPauseWhileBad);
  }
}

void RefreshingProvider::bear(std::exception_ptr error) {
  const std::lock_guard lock(mutex_);
  const Time now = clock_.now();
  const bool good = is_usable() && is_good(now);
  log_.warn(
      good ? "credentials cannot be refreshed; the old ones are good still" : "there are no credentials",
      {{"source", source_->name()}, {"reason", message_of(error)}});
  last_error_ = std::move(error);
  next_fetch_ = now + about(good ? kPauseWhileGood : kPauseWhileBad);
}

bool RefreshingProvider::is_good(Time now) const { return !current_->expires || now < *current_->expires; }

/// Between half of it and one and a half.
Millis RefreshingProvider::about(Millis pause) {
  return pause / 2 + Millis{random_.below(static_cast<std::uint64_t>(pause.count()))};
}

Task<void> RefreshingProvider::stop() { co_await fetches_.stop(); }

}  // namespace longshore::aws
