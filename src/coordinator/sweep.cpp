// What nobody waits for: uploads that went idle, leases that ended, whole sets, debts, rows past their
// retention.
#include <algorithm>
#include <atomic>
#include <exception>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "coordinator/completion_try.h"
#include "coordinator/lease_keeper.h"
#include "coordinator/purge_try.h"
#include "coordinator/steps.h"
#include "coordinator/store_outcome.h"
#include "net/race.h"

namespace longshore {
namespace {

constexpr int kForgetAtOnce = 100;

Task<void> end_open(Steps steps, const UploadId& id, OperationState state, std::string message,
                    std::function<bool(const LoadedOperation&)> still = {}) {
  const Ending ending{
      .state = state, .error_code = std::string(to_string(state)), .message = std::move(message)};
  co_await steps.end(id, ending, {}, {.still = std::move(still)});
}

// Until when an open upload may stay as it is; now or earlier: it has expired. Bytes of a part in progress
// are activity, but nothing prolongs a life beyond its end.
Time open_until(const Steps& steps, const LoadedOperation& loaded, const LedgerSummary& ledger) {
  return expires_at(loaded.operation, loaded.now - ledger.idle, steps.policy_of(loaded.operation));
}

/// One of the few looks at a time that may take minutes. False: there are enough of them, and the row is
/// looked at again soon.
class LongLook {
 public:
  explicit LongLook(Steps steps) : under_way_(steps.long_looks()) {
    begun_ = ++under_way_ <= Coordinator::kLongLooksMax;
  }
  LongLook(const LongLook&) = delete;
  LongLook& operator=(const LongLook&) = delete;
  ~LongLook() { --under_way_; }
  explicit operator bool() const { return begun_; }

 private:
  std::atomic<int>& under_way_;
  bool begun_ = false;
};

enum class SetState { settled, missing, refused, not_known };

// A whole set that nobody completed. settled: it was this, or is being decided; the completion sets the row's
// next look.
Task<SetState> complete_whole_set(Steps steps, const Operation& op) {
  try {
    CompletionTry completion{steps, op.id, {}, Millis{0}};
    const CompleteAnswer answer = co_await completion.run(op.request_id);
    co_return answer.state == OperationState::open ? SetState::missing : SetState::settled;
  } catch (const Error& error) {
    steps.report("completing " + op.id.str(), error.message());
    co_return error.outcome() == Outcome::refused ? SetState::refused : SetState::not_known;
  }
}

// When a set is looked at again whose last chunk is known: soon after its last bytes, and then ever so often.
// One that cannot be completed as it is waits longer.
Time next_look_at_set(SetState state, const LedgerSnapshot& ledger, Time now) {
  const bool stirring = state == SetState::missing && ledger.now - ledger.last_activity < kWholeSetRetry;
  return now + (stirring || state == SetState::not_known ? kWholeSetQuiet : kWholeSetRetry);
}

Task<void> look_at_open(Steps steps, LoadedOperation loaded) {
  const UploadId id = loaded.operation.id;
  if (!loaded.operation.debts.settled()) {
    co_await steps.settle_soon(id);
    loaded = co_await steps.load(id);
    if (loaded.operation.state != OperationState::open) co_return;
  }
  const bool owes = !loaded.operation.debts.settled();
  if (loaded.operation.owner_until) {
    if (owner_has_gone(loaded))
      co_await end_open(steps, id, OperationState::cancelled, "the request that fed it has gone",
                        owner_has_gone);
    else
      co_await steps.look_again(loaded.operation, *loaded.operation.owner_until + kOwnerGone);
    co_return;
  }
  if (!loaded.operation.store_upload) {
    const Operation& op = loaded.operation;
    if (op.created_at + steps.policy().idle <= loaded.now) {
      co_await end_open(steps, id, OperationState::expired, "it was never created at the store");
      co_return;
    }
    if (op.create_deadline > loaded.now) {
      co_await steps.look_again(op, op.create_deadline);
      co_return;
    }
    loaded = co_await steps.ensure_created(std::move(loaded));
    if (loaded.operation.state != OperationState::open) co_return;
  }
  const Operation& op = loaded.operation;
  const LedgerSnapshot ledger = co_await steps.ledger(loaded);
  const LedgerSummary summary = summarize(ledger);
  SetState set = SetState::missing;
  if (op.last && !summary.attempts_running) {
    const LongLook room(steps);
    if (!room) {
      co_await steps.look_again(op, loaded.now + kLongLookPause);
      co_return;
    }
    set = co_await complete_whole_set(steps, op);
  }
  if (set == SetState::settled) co_return;
  // Nobody is idle whose whole set waits for a store or a catalog that is away.
  const Time until = set == SetState::not_known ? op.created_at + steps.policy_of(op).lifetime
                                                : open_until(steps, loaded, summary);
  if (until <= loaded.now) {
    co_await end_open(steps, id, OperationState::expired,
                      "no bytes came for too long, or it was open for too long");
    co_return;
  }
  loaded = co_await steps.load(id);
  if (loaded.operation.state != OperationState::open) co_return;
  Time next = op.last ? std::min(until, next_look_at_set(set, ledger, loaded.now)) : until;
  if (owes) next = std::min(next, op.look_again_at.value_or(next));
  co_await steps.look_again(op, next);
}

Task<void> take_purge_over(Steps steps, const UploadId& id) {
  const AttemptId attempt = steps.new_attempt();
  const Time asked_at = steps.now();
  const LoadedOperation held = co_await steps.change(
      id, [&](const LoadedOperation& row) -> std::optional<Transition> {
        const Operation& now = row.operation;
        if (now.state != OperationState::completing || !now.lease || now.lease->until > row.now)
          return std::nullopt;
        return take_over(now, row.node, row.now, attempt);
      });
  if (is_held_by(held.operation, attempt)) co_await run_purge(steps, id, attempt, asked_at);
}

Task<void> look_at_completing(Steps steps, const LoadedOperation& loaded) {
  const Operation& op = loaded.operation;
  if (op.lease && op.lease->until > loaded.now) {
    co_await steps.look_again(op, op.lease->until);
    co_return;
  }
  const LongLook room(steps);
  if (!room) {
    co_await steps.look_again(op, loaded.now + kLongLookPause);
    co_return;
  }
  switch (op.kind) {
    case OperationKind::upload: {
      CompletionTry completion{steps, op.id, {}, Millis{0}};
      co_await completion.run(op.request_id);
      co_return;
    }
    case OperationKind::purge:
      co_await take_purge_over(steps, op.id);
      co_return;
  }
}

Task<void> add_sha256(Steps steps, const Operation& op) { co_await learn_sha256(steps, op); }

// A large object takes longer than a claim lasts: nobody else begins with it meanwhile.
Task<bool> renew_claim(Steps steps, const UploadId& id) {
  try {
    co_await steps.change(id, [](const LoadedOperation& row) -> std::optional<Transition> {
      Transition to{.operation = row.operation, .node = row.node};
      to.operation.look_again_at = row.now + kLookClaim;
      return to;
    });
  } catch (const Error& error) {
    steps.report("renewing the claim of " + id.str(), error.message());
  }
  co_return true;
}

Task<void> look_at_ended(Steps steps, const LoadedOperation& loaded) {
  const Operation& op = loaded.operation;
  if (!op.debts.settled()) {
    co_await steps.settle(op.id);
    co_return;
  }
  if (!op.single_put) co_await steps.ports().sessions.end(op.id, kTombstoneKept);
  const bool hash_it = steps.policy().sha256_in_background && loaded.node.current == op.id && op.result &&
                       op.result->sha256_base64.empty();
  if (hash_it) {  // its bytes did not pass in order
    const LongLook room(steps);
    if (!room) {
      co_await steps.look_again(op, loaded.now + kLongLookPause);
      co_return;
    }
    co_await with_heartbeat(
        steps.ports().timers, kLookClaim / 3, [&] { return renew_claim(steps, op.id); },
        add_sha256(steps, op));
    co_return;
  }
  const Time retained = op.ended_at.value_or(loaded.now) + steps.policy().retention;
  if (retained > loaded.now) {
    co_await steps.look_again(op, retained);
    co_return;
  }
  // What a node points to stays as long as the node; an object that is still there keeps its row.
  const bool needed = loaded.node.current == op.id || (op.result && !op.object_deleted);
  if (needed) {
    Transition to{.operation = op, .node = loaded.node};
    to.operation.look_again_at.reset();
    Change change;
    change.operations.push_back({std::move(to.operation), op.revision});
    co_await steps.try_commit(std::move(change));
    co_return;
  }
  if (loaded.node.latest == op.id && !loaded.node.current.empty()) {
    co_await steps.change(op.id, [](const LoadedOperation& row) -> std::optional<Transition> {
      if (row.node.latest != row.operation.id) return std::nullopt;
      Transition to{.operation = row.operation, .node = row.node, .node_changed = true};
      to.node.latest = row.node.current;  // who asks for the node's upload finds the one that made its object
      to.operation.look_again_at = row.now;
      return to;
    });
    co_return;
  }
  const bool never_active = loaded.node.current.empty() && loaded.node.state != NodeState::deleted;
  co_await steps.ports().catalog.forget(op.id, op.revision, never_active);
}

Task<void> look_at(Steps steps, UploadId id) {
  LoadedOperation loaded = co_await steps.load(id);
  if (loaded.operation.state == OperationState::open)
    co_await look_at_open(steps, std::move(loaded));
  else if (loaded.operation.state == OperationState::completing)
    co_await look_at_completing(steps, loaded);
  else
    co_await look_at_ended(steps, loaded);
}

}  // namespace

Task<int> Coordinator::sweep(int limit) {
  Steps steps{*this};
  const std::vector<UploadId> due = co_await ports_.catalog.claim_due(limit, kLookClaim);
  for (const UploadId& id : due) {
    try {
      co_await look_at(steps, id);
    } catch (const Error& error) {
      report_("sweep of " + id.str(), error.message());  // it is looked at again when its claim has run out
    } catch (const boost::system::system_error& error) {
      if (error.code() == boost::asio::error::operation_aborted) throw;
      report_("sweep of " + id.str(), error.code().message());
    } catch (const std::exception& error) {  // one row that cannot be looked at holds up no other
      report_("sweep of " + id.str(), error.what());
    }
  }
  while (co_await ports_.sessions.forget_ended(kForgetAtOnce) == kForgetAtOnce) {
  }
  while (co_await ports_.catalog.forget_idempotency(kForgetAtOnce) == kForgetAtOnce) {
  }
  co_return static_cast<int>(due.size());
}

}  // namespace longshore
