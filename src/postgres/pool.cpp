#include "postgres/pool.h"

#include <algorithm>

#include "domain/error.h"
#include "postgres/conninfo.h"

namespace longshore::postgres {
namespace {

using std::chrono::steady_clock;

// One that was idle for longer is asked before it is used: the server, or what lies between, may have dropped
// it.
constexpr Millis kUnasked{10'000};
// An older one is not used again: so that connections follow a name to its new address, and load to new
// servers.
constexpr Millis kOldest = std::chrono::minutes{30};

// After a failure: drawn from [0, step], where the step doubles from least to most.
constexpr Millis kPauseLeast{10};
constexpr Millis kPauseMost{1000};
constexpr int kDoublingsMax = 7;

Error no_database(const std::string& why, Outcome outcome) {
  return unavailable(Reason::catalog_unavailable, "the database: " + why, outcome);
}

/// A place among those that wait or run.
class Place {
 public:
  explicit Place(std::atomic<int>& waiting) : waiting_(waiting) {
    if (++waiting_ <= Pool::kWaitingMax) return;
    --waiting_;
    throw no_database("too many calls wait for it; try again", Outcome::retry);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { --waiting_; }

 private:
  std::atomic<int>& waiting_;
};

}  // namespace

/// A connection for one try; given back if it can be used again.
class Pool::Loan {
 public:
  Loan(Pool& pool, Deadline deadline) : pool_(pool), idle_(pool.take(deadline)) {}
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  ~Loan() {
    if (idle_.connection->is_there()) pool_.give_back(std::move(idle_));
  }
  Connection& connection() { return *idle_.connection; }

 private:
  Pool& pool_;
  Idle idle_;
};

Pool::Pool(Options options, const Schema& schema, Watchdog& watchdog, Timers& timers, Random& random)
    : options_(std::move(options)),
      schema_(schema),
      watchdog_(watchdog),
      timers_(timers),
      random_(random),
      threads_(options_.connections) {
  check_url(options_.url);
}

Pool::~Pool() { threads_.join(); }

void Pool::open() {
  const Deadline deadline = steady_clock::now() + options_.timeout;
  const auto failure = attempt(Way::statements, deadline, [](Session&) { return true; });
  if (!failure) return;
  const bool refused = failure->kind == Failure::Kind::refused;
  throw no_database(failure->message, refused ? Outcome::refused : Outcome::retry);
}

Task<bool> Pool::write_once(std::function<bool(Session&)> work) {
  bool kept = false;
  std::function<bool(Session&)> noted = [&](Session& session) { return kept = work(session); };
  co_await perform(Way::once, std::move(noted));
  co_return kept;
}

Task<void> Pool::perform(Way way, std::function<bool(Session&)> work) {
  const Place place(waiting_);
  const Deadline deadline = steady_clock::now() + options_.timeout;
  bool maybe_done = false;
  for (int tries = 0;; ++tries) {
    auto once = [this, way, deadline, &work] { return attempt(way, deadline, work); };
    const std::optional<Failure> failure = co_await threads_.run(std::move(once));
    if (!failure) co_return;
    if (failure->kind == Failure::Kind::refused) throw no_database(failure->message, Outcome::refused);
    maybe_done = maybe_done || failure->kind == Failure::Kind::unknown;
    const Millis pause = pause_after(tries);
    if ((maybe_done && way == Way::once) || steady_clock::now() + pause >= deadline)
      throw no_database(failure->message, maybe_done ? Outcome::unknown : Outcome::retry);
    co_await timers_.sleep_for(pause);
  }
}

/// On a thread of the pool.
std::optional<Failure> Pool::attempt(Way way, Deadline deadline, const std::function<bool(Session&)>& work) {
  if (steady_clock::now() >= deadline) return Failure{Failure::Kind::busy, "no connection is free"};
  std::optional<Failure> failure;
  try {
    Loan loan(*this, deadline);
    if (way == Way::statements)
      loan.connection().read(deadline, [&](Session& session) { work(session); });
    else
      loan.connection().write(deadline, work);
  } catch (const pqxx::failure& error) {
    failure = judge(error);
  }
  // A server that goes down, or takes no writes: the other connections lead to the same one.
  if (failure && failure->kind == Failure::Kind::lost) drop_idle();
  return failure;
}

std::unique_ptr<Connection> Pool::connect(Deadline deadline) {
  auto connection = std::make_unique<Connection>(options_, watchdog_, deadline);
  const std::lock_guard lock(mutex_);  // one thread migrates, the others wait
  if (!migrated_) migrate(*connection, schema_, options_);
  migrated_ = true;
  return connection;
}

Pool::Idle Pool::take(Deadline deadline) {
  for (;;) {
    std::unique_lock lock(mutex_);
    if (idle_.empty()) break;
    Idle idle = std::move(idle_.back());
    idle_.pop_back();
    lock.unlock();
    const Deadline now = steady_clock::now();
    if (now - idle.opened_at > kOldest) continue;
    if (now - idle.used_at < kUnasked || idle.connection->answers(deadline)) return idle;
  }
  auto connection = connect(deadline);
  return {std::move(connection), steady_clock::now(), {}};
}

void Pool::give_back(Idle idle) {
  idle.used_at = steady_clock::now();
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(idle));
}

void Pool::drop_idle() {
  std::vector<Idle> dropped;
  const std::lock_guard lock(mutex_);
  dropped.swap(idle_);
}

Millis Pool::pause_after(int tries) {
  const Millis step = std::min(kPauseMost, kPauseLeast * (1 << std::min(tries, kDoublingsMax)));
  return Millis{static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(step.count()) + 1))};
}

}  // namespace longshore::postgres
