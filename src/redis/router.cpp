#include "redis/router.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>
#include <variant>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace longshore::redis {
namespace {

namespace asio = boost::asio;

// Slots that move from node to node while one asks end somewhere; nodes that point at each other do not.
constexpr int kRedirectsMax = 16;
// A call's time is looked at so many times. What waits for better times is tried at the next of them, and
// then after pauses that double, up to the longest.
constexpr int kTicksPerTimeout = 40;
constexpr int kLongestPausesPerTimeout = 4;
// While a server says that it cannot just now, no more of those that wait are sent each time, to see.
constexpr int kScouts = 32;
// The nodes of a cluster are asked for their slots so many at once, and all of it no more often than that.
constexpr std::size_t kAskedAtOnce = 3;
constexpr Millis kLearnEvery{1000};
// The log has the same reason once in the first, and any other no more often than the second.
constexpr Millis kNoteSameEvery{60'000};
constexpr Millis kNoteEvery{1000};

std::size_t size_of(const Call& call) {
  std::size_t bytes = sizeof(Pending) + call.script->sha1().size();
  for (const std::string& key : call.keys) bytes += key.size();
  for (const std::string& argument : call.arguments) bytes += argument.size();
  return bytes;
}

void report(const Log& log, const std::exception& error) {
  log.error("this server's part of the connection to Redis has failed", {{"why", error.what()}});
}

/// Lowers a flag at its end, however that comes.
class Lowers {
 public:
  explicit Lowers(bool& flag) : flag_(flag) {}
  Lowers(const Lowers&) = delete;
  Lowers& operator=(const Lowers&) = delete;
  ~Lowers() { flag_ = false; }

 private:
  bool& flag_;
};

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

}  // namespace

Router::Router(asio::any_io_executor executor, const Options& options, Timers& timers, Random& random,
               const Log& log, Gate& gate)
    : executor_(std::move(executor)),
      options_(options),
      timers_(timers),
      random_(random),
      log_(log),
      gate_(gate),
      dialler_(options_, timers_) {}

Router::~Router() = default;

void Router::accept(Call call, std::shared_ptr<Waiting> waiting, std::size_t place) {
  auto pending = std::make_unique<Pending>();
  pending->bytes = size_of(call);
  pending->call = std::move(call);
  pending->deadline = std::chrono::steady_clock::now() + options_.timeout;
  pending->waiting = std::move(waiting);
  pending->place = place;
  ++calls_open_;
  bytes_open_ += pending->bytes;
  if (calls_open_ > options_.calls_max || bytes_open_ > options_.bytes_max) {
    forget(*pending);
    return fail(*pending, Outcome::retry, "too many calls wait for the session store already");
  }
  watch_the_clock();
  route(std::move(pending));
}

void Router::route(PendingPtr pending) {
  if (options_.url.topology != Topology::cluster) return link_to(std::nullopt).send(std::move(pending));
  if (const Address* address = slots_.find(slot_of(pending->call.keys.front())))
    return link_to(*address).send(std::move(pending));
  park(std::move(pending), "no node is known that has its slot");
  learn_slots();
}

void Router::on_reply(Link& link, PendingPtr pending, Reply reply) {
  const Verdict verdict = judge(reply, link.address());
  std::visit(Overloaded{
                 [&](const Answered&) {
                   pressed_ = false;
                   forget(*pending);
                   pending->waiting->replied(pending->place, std::move(reply));
                 },
                 [&](const NotLoaded&) {
                   pending->by_text = true;
                   link.send(std::move(pending));
                 },
                 [&](const Moved& moved) {
                   slots_.set(moved.slot, moved.to);
                   learn_slots();
                   pending->asking = false;
                   follow(std::move(pending), moved.to);
                 },
                 [&](const Ask& ask) {
                   pending->asking = true;
                   follow(std::move(pending), ask.to);
                 },
                 [&](const Later&) {
                   pressed_ = true;
                   park(std::move(pending), reply.text);
                 },
                 [&](const NotMaster&) {
                   link.leave("it is a replica now");
                   park(std::move(pending), reply.text);
                   if (options_.url.topology == Topology::cluster) learn_slots();
                 },
                 [&](const BrokenOff&) {
                   pending->maybe_done = true;
                   end(std::move(pending), Outcome::refused, reply.text);
                 },
                 [&](const Refused&) { end(std::move(pending), Outcome::refused, reply.text); },
             },
             verdict);
}

void Router::on_unsent(PendingPtr pending, const Lost& why) {
  if (why.refused()) return end(std::move(pending), Outcome::refused, why.what());
  if (pending->deadline <= std::chrono::steady_clock::now()) {
    const std::string problem = pending->problem.empty() ? why.what() : pending->problem;
    return end(std::move(pending), Outcome::retry, problem);
  }
  park(std::move(pending), why.what());
  if (options_.url.topology == Topology::cluster) learn_slots();
}

void Router::on_lost(PendingPtr pending, const Lost& why) {
  pending->maybe_done = true;
  if (pending->call.script->effect() != Effect::each_time) return on_unsent(std::move(pending), why);
  end(std::move(pending), Outcome::unknown, why.what());
}

void Router::park(PendingPtr pending, std::string problem) {
  const Millis longest = std::max(options_.timeout / kLongestPausesPerTimeout, Millis{1});
  Millis pause = std::max(options_.timeout / kTicksPerTimeout, Millis{1});
  for (int n = 0; n < pending->waits && pause < longest; ++n) pause *= 2;
  pause = std::min(pause, longest);
  const auto jitter = random_.below(static_cast<std::uint64_t>(pause.count()) / 2 + 1);
  pending->not_before = std::chrono::steady_clock::now() + pause / 2 +
                        Millis{static_cast<Millis::rep>(jitter)};
  ++pending->waits;
  pending->asking = false;
  pending->redirects = 0;
  pending->problem = std::move(problem);
  parked_.push_back(std::move(pending));
}

void Router::route_parked(SteadyTime now, bool before_their_time) {
  int sent = 0;
  for (PendingPtr& pending : std::exchange(parked_, {})) {
    if (pending->deadline <= now) {
      const std::string problem = pending->problem;
      end(std::move(pending), Outcome::retry, problem);
    } else if ((before_their_time || pending->not_before <= now) && (!pressed_ || sent < kScouts)) {
      ++sent;
      route(std::move(pending));
    } else {
      parked_.push_back(std::move(pending));
    }
  }
}

void Router::follow(PendingPtr pending, const Address& to) {
  if (++pending->redirects > kRedirectsMax) return park(std::move(pending), "nodes send it round in circles");
  link_to(to).send(std::move(pending));
}

void Router::end(PendingPtr pending, Outcome outcome, const std::string& why) {
  note(why);
  forget(*pending);
  if (pending->maybe_done && pending->call.script->effect() != Effect::none) outcome = Outcome::unknown;
  fail(*pending, outcome,
       outcome == Outcome::refused ? "the session store refuses this server"
                                   : "the session store does not answer");
}

/// What clients read says nothing of servers and their addresses: that is for the log.
void Router::fail(const Pending& pending, Outcome outcome, const std::string& message) {
  const Error error = outcome == Outcome::refused ? Error(Reason::state_unavailable, message, {}, outcome)
                                                  : unavailable(Reason::state_unavailable, message, outcome);
  pending.waiting->failed(pending.place, error);
}

void Router::note(const std::string& problem) {
  const SteadyTime now = std::chrono::steady_clock::now();
  const Millis quiet = problem == noted_ ? kNoteSameEvery : kNoteEvery;
  if (noted_at_ != SteadyTime{} && now < noted_at_ + quiet) return;
  noted_at_ = now;
  noted_ = problem;
  log_.warn("a call to Redis has failed", {{"why", problem}});
}

void Router::forget(const Pending& pending) {
  --calls_open_;
  bytes_open_ -= pending.bytes;
}

Link& Router::link_to(const std::optional<Address>& address) {
  auto& link = links_[address];
  if (!link) {
    link = std::make_shared<Link>(executor_, address,
                                  Link::Tools{dialler_, options_, timers_, random_, log_, *this});
    spawn(Link::run(link));
  }
  return *link;
}

void Router::spawn(asio::awaitable<void> work) {
  gate_.spawn(executor_, std::move(work), [log = log_](const std::exception_ptr& how) {
    try {
      std::rethrow_exception(how);
    } catch (const boost::system::system_error& error) {
      if (error.code() == asio::error::operation_aborted) return;  // the process ends
      report(log, error);
    } catch (const std::exception& error) {
      report(log, error);
    }
  });
}

void Router::watch_the_clock() {
  if (!std::exchange(ticking_, true)) spawn(tick());
}

asio::awaitable<void> Router::tick() {
  const Lowers at_the_end(ticking_);
  const Millis pause = std::max(options_.timeout / kTicksPerTimeout, Millis{1});
  while (is_at_work()) {
    co_await timers_.sleep_for(pause);
    const SteadyTime now = std::chrono::steady_clock::now();
    try {
      for (const auto& [address, link] : links_) link->expire(now);
      route_parked(now, false);
    } catch (const std::exception& error) {
      report(log_, error);  // the next look may go well
    }
  }
}

/// Also while nobody waits any more for a reply that should have come: its connection must not stay.
bool Router::is_at_work() const {
  return calls_open_ > 0 ||
         std::ranges::any_of(links_, [](const auto& entry) { return !entry.second->is_idle(); });
}

void Router::learn_slots() {
  const Millis since = slots_.masters().empty() ? options_.timeout / kTicksPerTimeout : kLearnEvery;
  const SteadyTime now = std::chrono::steady_clock::now();
  if (learning_ || (learnt_at_ != SteadyTime{} && now < learnt_at_ + since)) return;
  learnt_at_ = now;
  learning_ = true;
  spawn(ask_around());
}

asio::awaitable<void> Router::ask_around() {
  const Lowers at_the_end(learning_);  // what is parked again waits for the next tick
  const std::vector<Address> nodes = nodes_to_ask();
  std::optional<Lost> lost;
  for (std::size_t asked = 0; asked < nodes.size(); asked += kAskedAtOnce) {
    const auto first = nodes.begin() + static_cast<std::ptrdiff_t>(asked);
    const auto count = static_cast<std::ptrdiff_t>(std::min(nodes.size() - asked, kAskedAtOnce));
    try {
      slots_.learn(co_await dialler_.ask_for_slots({first, first + count}));
      lost.reset();
      break;
    } catch (const Lost& why) {
      lost = why;
    }
  }
  if (lost) {
    for (PendingPtr& pending : std::exchange(parked_, {})) on_unsent(std::move(pending), *lost);
  } else {
    retire_strangers();
    route_parked(std::chrono::steady_clock::now(), true);
  }
}

/// Those that have just failed come last.
std::vector<Address> Router::nodes_to_ask() const {
  std::vector<Address> nodes = slots_.masters();
  for (const Address& address : options_.url.addresses)
    if (std::ranges::find(nodes, address) == nodes.end()) nodes.push_back(address);
  std::ranges::partition(nodes, [&](const Address& address) {
    const auto link = links_.find(address);
    return link == links_.end() || !link->second->is_down();
  });
  return nodes;
}

/// Links to nodes that are masters no more.
void Router::retire_strangers() {
  const std::vector<Address> masters = slots_.masters();
  std::erase_if(links_, [&](const auto& entry) {
    const auto& [address, link] = entry;
    const bool stranger = address && std::ranges::find(masters, *address) == masters.end();
    if (!stranger || !link->is_idle()) return false;
    link->retire();
    return true;
  });
}

}  // namespace longshore::redis
