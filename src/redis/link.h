#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/random.h"
#include "net/timers.h"
#include "obs/log.h"
#include "redis/dialler.h"
#include "redis/pending.h"

namespace longshore::redis {

/// The way to one server, or to whichever is the master: one connection, on which calls are pipelined, and
/// which is made anew when there is something to send. Nobody knows whether one that was idle for long is
/// still there, or leads to the master still: it is given up. Used on one loop.
class Link {
 public:
  /// What becomes of the calls.
  class Owner {
   public:
    Owner() = default;
    Owner(const Owner&) = delete;
    Owner& operator=(const Owner&) = delete;
    virtual ~Owner() = default;
    virtual void on_reply(Link& link, PendingPtr pending, Reply reply) = 0;
    /// It has not left us.
    virtual void on_unsent(PendingPtr pending, const Lost& why) = 0;
    /// It was sent, and no reply will come.
    virtual void on_lost(PendingPtr pending, const Lost& why) = 0;
  };
  struct Tools {
    Dialler& dialler;
    const Options& options;
    Timers& timers;
    Random& random;
    const Log& log;
    Owner& owner;
  };

  /// `fixed`: nullopt: whichever is the master.
  Link(boost::asio::any_io_executor executor, std::optional<Address> fixed, Tools tools);

  /// Connects, sends, reads, until it is retired or cancelled. Whatever goes wrong ends a connection only.
  static boost::asio::awaitable<void> run(std::shared_ptr<Link> self);

  void send(PendingPtr pending);
  /// Hands calls back whose time is over, and ends a connection that has stalled.
  void expire(SteadyTime now);
  /// Sends nothing more on this connection, and ends it when what was sent is answered; what waits is handed
  /// back then.
  void leave(const std::string& why);
  [[nodiscard]] bool is_idle() const { return waiting_.empty() && sent_.empty(); }
  /// The last connection ended badly, or could not be had.
  [[nodiscard]] bool is_down() const { return down_; }
  /// Ends it for good; when it is idle.
  void retire();
  /// Where it leads, or led last.
  [[nodiscard]] const Address& address() const { return address_; }

 private:
  struct Sent {
    PendingPtr pending;        // null: nobody waits for this reply any more
    std::uint64_t begins = 0;  // at this byte of the connection
    SteadyTime at;
  };

  enum class Found { work, nothing };

  boost::asio::awaitable<void> serve();
  boost::asio::awaitable<Found> wait_for_work(SteadyTime until);
  boost::asio::awaitable<void> connect();
  boost::asio::awaitable<void> converse();
  boost::asio::awaitable<void> pause();
  boost::asio::awaitable<void> read_replies();
  boost::asio::awaitable<void> write_calls();
  std::string take_batch();
  void end_if_stalled(SteadyTime now);
  void settle(const Lost& why);
  void hand_back(Sent sent, const Lost& why);
  void note_failure(const Lost& why);

  const std::optional<Address> fixed_;
  const Tools tools_;
  Address address_;
  boost::asio::steady_timer wake_;
  std::shared_ptr<Wire> wire_;
  std::deque<PendingPtr> waiting_;
  std::deque<Sent> sent_;
  std::uint64_t bytes_encoded_ = 0;  // of this connection
  std::string why_ended_;            // by us; "": not by us
  bool leaving_ = false;
  Millis step_;  // of the next reconnection
  bool down_ = false;
  bool retired_ = false;
};

}  // namespace longshore::redis
