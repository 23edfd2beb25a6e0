#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <numeric>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "net/gate.h"
#include "net/http_client.h"
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
    std::size_t for_quick_max = 0;  // as in HttpClientOptions; one is always left for slow ones
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
    Lease(std::shared_ptr<HttpPool> pool, HttpPace pace) : pool_(std::move(pool)), pace_(pace) {}
    void end(std::unique_ptr<HttpConnection> reusable);

    std::shared_ptr<HttpPool> pool_;
    HttpPace pace_ = HttpPace::quick;
  };

  /// Idle connections are watched by a coroutine on `executor` that passes `gate`. Once that is closed none
  /// is kept.
  HttpPool(boost::asio::any_io_executor executor, Options options, Timers& timers, Gate& gate)
      : executor_(std::move(executor)), options_(options), timers_(timers), gate_(gate) {}
  HttpPool(const HttpPool&) = delete;
  HttpPool& operator=(const HttpPool&) = delete;
  ~HttpPool() = default;

  /// Waits while all connections that may serve it are in use; who waits is served in turn, but for those
  /// that may have none yet. An empty lease when it takes longer than `limit`. An idle connection that it
  /// comes with was clean a moment ago.
  boost::asio::awaitable<Lease> acquire(HttpPace pace, Millis limit);

  [[nodiscard]] std::size_t idle() const { return idle_.size(); }
  [[nodiscard]] std::size_t open() const { return leased() + idle_.size(); }

 private:
  /// The idle limit is measured in this many steps: a connection lives idle for longer than that less one
  /// step, and never longer than the limit.
  static constexpr int kIdleSteps = 4;

  struct Idle {
    std::unique_ptr<HttpConnection> connection;
    int steps = 0;
  };

  struct Waiting {
    Waiter<Lease> waiter;
    HttpPace pace;
  };

  [[nodiscard]] std::size_t leased() const {
    return std::accumulate(leases_.begin(), leases_.end(), std::size_t{0});
  }
  std::size_t& leased(HttpPace pace) { return leases_[static_cast<std::size_t>(pace)]; }
  [[nodiscard]] bool has_place_for(HttpPace pace) const;
  Lease lease_now(HttpPace pace);
  boost::asio::awaitable<void> wait_for_place(HttpPace pace, Lease& out);
  void take_back(HttpPace pace, std::unique_ptr<HttpConnection> reusable);
  void keep(std::unique_ptr<HttpConnection> connection);
  static boost::asio::awaitable<void> end_idle_ones(std::shared_ptr<HttpPool> self);
  boost::asio::awaitable<void> watch();

  const boost::asio::any_io_executor executor_;
  const Options options_;
  Timers& timers_;
  Gate& gate_;
  std::array<std::size_t, 3> leases_{};  // by pace
  std::vector<Idle> idle_;               // the last one was used last
  bool watched_ = false;
  std::uint64_t next_waiter_ = 0;
  std::map<std::uint64_t, Waiting> waiters_;
};

}  // namespace longshore
