#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "net/gate.h"
#include "redis/link.h"
#include "redis/slots.h"
#include "redis/verdict.h"

namespace longshore::redis {

/// Sends each call to where its keys are, follows redirects, keeps what cannot be sent at the moment, and
/// ends what takes too long. Used on one loop.
class Router final : public Link::Owner {
 public:
  /// Its coroutines pass `gate`, which is drained before the router goes.
  Router(boost::asio::any_io_executor executor, const Options& options, Timers& timers, Random& random,
         const Log& log, Gate& gate);
  ~Router() override;

  void accept(Call call, std::shared_ptr<Waiting> waiting, std::size_t place);

  void on_reply(Link& link, PendingPtr pending, Reply reply) override;
  void on_unsent(PendingPtr pending, const Lost& why) override;
  void on_lost(PendingPtr pending, const Lost& why) override;

 private:
  void route(PendingPtr pending);
  void park(PendingPtr pending, std::string problem);
  void route_parked(SteadyTime now, bool before_their_time);
  void follow(PendingPtr pending, const Address& to);
  void end(PendingPtr pending, Outcome outcome, const std::string& why);
  void fail(const Pending& pending, Outcome outcome, const std::string& message);
  void note(const std::string& problem);
  void forget(const Pending& pending);
  Link& link_to(const std::optional<Address>& address);
  void spawn(boost::asio::awaitable<void> work);

  void watch_the_clock();
  boost::asio::awaitable<void> tick();
  [[nodiscard]] bool is_at_work() const;
  void learn_slots();
  boost::asio::awaitable<void> ask_around();
  [[nodiscard]] std::vector<Address> nodes_to_ask() const;
  void retire_strangers();

  const boost::asio::any_io_executor executor_;
  const Options options_;
  Timers& timers_;
  Random& random_;
  const Log log_;
  Gate& gate_;
  Dialler dialler_;

  std::map<std::optional<Address>, std::shared_ptr<Link>> links_;  // nullopt: to whichever is the master
  SlotMap slots_;
  std::vector<PendingPtr> parked_;
  std::size_t calls_open_ = 0;
  std::size_t bytes_open_ = 0;
  bool ticking_ = false;
  bool learning_ = false;
  bool pressed_ = false;  // the last that was heard is that a server cannot just now
  SteadyTime learnt_at_;
  SteadyTime noted_at_;
  std::string noted_;
};

}  // namespace longshore::redis
