#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "net/gate.h"
#include "net/http_connection.h"
#include "net/timers.h"
#include "net/waiter.h"

namespace longshore {

/// The connections of one loop to one server, open and idle, up to a bound. Used on its loop alone. Held by a
/// shared_ptr, which its leases keep.
class HttpPool : public std::enable_shared_from_this<HttpPool> {
 public:
  struct Options {
    std::size_t connections_max = 0;
    Millis idle_limit{0};
  };

  /// The right to one connection, and the connection once there is one. Destroying it closes that.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&& other) noexcept;
    ~Lease() { end(nullptr); }
    explicit operator bool() const { return pool_ != nullptr; }

    /// Empty at first where no idle one was left.
    std::unique_ptr<HttpConnection> connection;

    /// Back to the pool: the connection is clean, and may be used again.
    void give_back();

   private:
    friend class HttpPool;
    explicit Lease(std::shared_ptr<HttpPool> pool) : pool_(std::move(pool)) {}
    void end(std::unique_ptr<HttpConnection> reusable);

    std::shared_ptr<HttpPool> pool_;
  };

  /// Idle connections are watched by a coroutine on `executor` that passes `gate`. Once that is closed none
  /// is kept.
  HttpPool(boost::asio::any_io_executor executor, Options options, Timers& timers, Gate& gate)
      : executor_(std::move(executor)), options_(options), timers_(timers), gate_(gate) {}
  HttpPool(const HttpPool&) = delete;
  HttpPool& operator=(const HttpPool&) = delete;
  ~HttpPool() = default;

  /// Waits, first come first served, while all connections are in use; an empty lease when that takes longer
  /// than `limit`. An idle connection that it comes with was clean a moment ago.
  boost::asio::awaitable<Lease> acquire(Millis limit);

  [[nodiscard]] std::size_t idle() const { return idle_.size(); }
  [[nodiscard]] std::size_t open() const { return leases_ + idle_.size(); }

 private:
  /// The idle limit is measured in this many steps: a connection lives idle for longer than that less one
  /// step, and never longer than the limit.
  static constexpr int kIdleSteps = 4;

  struct Idle {
    std::unique_ptr<HttpConnection> connection;
    int steps = 0;
  };

  Lease lease_now();
  boost::asio::awaitable<void> wait_for_place(Lease& out);
  void take_back(std::unique_ptr<HttpConnection> reusable);
  void keep(std::unique_ptr<HttpConnection> connection);
  static boost::asio::awaitable<void> end_idle_ones(std::shared_ptr<HttpPool> self);
  boost::asio::awaitable<void> watch();

  const boost::asio::any_io_executor executor_;
  const Options options_;
  Timers& timers_;
  Gate& gate_;
  std::size_t leases_ = 0;
  std::vector<Idle> idle_;  // the last one was used last
  bool watched_ = false;
  std::uint64_t next_waiter_ = 0;
  std::map<std::uint64_t, Waiter<Lease>> waiters_;
};

}  // namespace longshore
