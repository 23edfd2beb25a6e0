#include "redis/router.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace longshore::redis {
namespace {

namespace asio = boost::asio;

// Slots that move from node to node while one asks end somewhere; nodes that point at each other do not.
constexpr int kRedirectsMax = 16;
// A call's time is looked at so many times, and what waits for better times is tried as often.
constexpr int kTicksPerTimeout = 40;

std::size_t size_of(const Call& call) {
  std::size_t bytes = sizeof(Pending) + call.script->sha1().size();
  for (const std::string& key : call.keys) bytes += key.size();
  for (const std::string& argument : call.arguments) bytes += argument.size();
  return bytes;
}

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
  if (calls_open_ > options_.calls_max || bytes_open_ > options_.bytes_max)
    return end(std::move(pending), Outcome::retry, "too many calls wait for an answer already");
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
                   follow(std::move(pending), moved.to);
                 },
                 [&](const Ask& ask) {
                   pending->asking = true;
                   follow(std::move(pending), ask.to);
                 },
                 [&](const Later&) { park(std::move(pending), reply.text); },
                 [&](const NotMaster&) {
                   link.drop("it is a replica now");
                   park(std::move(pending), reply.text);
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
  if (pending->call.reads) return on_unsent(std::move(pending), why);
  end(std::move(pending), Outcome::unknown, std::string("it may or may not have been done: ") + why.what());
}

void Router::park(PendingPtr pending, std::string problem) {
  pending->problem = std::move(problem);
  parked_.push_back(std::move(pending));
}

void Router::route_parked() {
  const SteadyTime now = std::chrono::steady_clock::now();
  for (PendingPtr& pending : std::exchange(parked_, {})) {
    if (pending->deadline <= now) {
      const std::string problem = pending->problem;
      end(std::move(pending), Outcome::retry, problem);
    } else {
      route(std::move(pending));
    }
  }
}

void Router::follow(PendingPtr pending, const Address& to) {
  if (++pending->redirects > kRedirectsMax) return park(std::move(pending), "nodes send it round in circles");
  link_to(to).send(std::move(pending));
}

void Router::end(PendingPtr pending, Outcome outcome, const std::string& why) {
  forget(*pending);
  const std::string message = "Redis: " + why;
  pending->waiting->failed(pending->place, outcome == Outcome::refused
                                               ? Error(Reason::state_unavailable, message, {}, outcome)
                                               : unavailable(Reason::state_unavailable, message, outcome));
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
  // What ends such a coroutine is its cancellation: what can go wrong it deals with itself.
  gate_.spawn(executor_, std::move(work), [](const std::exception_ptr&) {});
}

void Router::watch_the_clock() {
  if (!std::exchange(ticking_, true)) spawn(tick());
}

asio::awaitable<void> Router::tick() {
  const Millis pause = std::max(options_.timeout / kTicksPerTimeout, Millis{1});
  while (calls_open_ > 0) {
    co_await timers_.sleep_for(pause);
    const SteadyTime now = std::chrono::steady_clock::now();
    for (const auto& [address, link] : links_) link->expire(now);
    route_parked();
  }
  ticking_ = false;
}

void Router::learn_slots() {
  if (!std::exchange(learning_, true)) spawn(ask_around());
}

asio::awaitable<void> Router::ask_around() {
  std::vector<Address> nodes = slots_.masters();
  nodes.insert(nodes.end(), options_.url.addresses.begin(), options_.url.addresses.end());
  std::optional<Lost> lost;
  for (const Address& node : nodes) {
    try {
      slots_ = co_await dialler_.ask_for_slots(node);
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
    route_parked();
  }
  learning_ = false;  // only now: what is parked again waits for the next tick
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
