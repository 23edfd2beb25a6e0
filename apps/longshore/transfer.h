#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>

#include "apps/longshore/api_client.h"
#include "apps/longshore/console.h"
#include "apps/longshore/failure.h"
#include "net/timers.h"

namespace longshore::cli {

/// One transfer as its user sees it: counts bytes and shows them, at each tick, for as long as the work runs.
class Transfer {
 public:
  Transfer(Console& console, Timers& timers, std::string name, std::optional<std::int64_t> total);

  /// Bytes that are done, those of earlier runs too: whoever sends or receives counts it up.
  [[nodiscard]] std::int64_t& bytes() { return bytes_; }

  /// So many bytes were done by earlier runs, or are still done after some were lost: no rate is made of
  /// them.
  void begin_at(std::int64_t bytes);

  /// Says that nothing moves because of `failure`, until bytes move again.
  void waits(const Failure& failure);

  /// Runs `work` to its end, showing its progress; throws what it throws.
  boost::asio::awaitable<void> show_during(boost::asio::awaitable<void> work);

  [[nodiscard]] double seconds() const;  // since it was made

 private:
  boost::asio::awaitable<bool> tick();
  [[nodiscard]] Millis elapsed() const;

  Console& console_;
  Timers& timers_;
  std::string name_;
  std::optional<std::int64_t> total_;
  std::int64_t bytes_ = 0;
  std::int64_t bytes_when_stopped_ = 0;
  std::string waiting_for_;
  RateMeter meter_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

/// While it lives, the transfer shows what the client waits for.
class ShownWaits {
 public:
  ShownWaits(ApiClient& api, Transfer& transfer)
      : api_(api),
        before_(api.observe_waits([&transfer](const Failure& failure) { transfer.waits(failure); })) {}
  ShownWaits(const ShownWaits&) = delete;
  ShownWaits& operator=(const ShownWaits&) = delete;
  ~ShownWaits() { api_.observe_waits(std::move(before_)); }

 private:
  ApiClient& api_;
  ApiClient::WaitObserver before_;
};

}  // namespace longshore::cli
