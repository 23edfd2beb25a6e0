// Debts: what an ended operation still owes to the store. Paid until proven, looked at once more much later.
#include <algorithm>
#include <exception>
#include <utility>

#include "coordinator/steps.h"

namespace longshore {
namespace {

// An upload that no row holds, and that no list can be relied upon to show, is left to the store's own
// clean-up: until that has ended what arrived last, the row stays, and owes. Epoch: nothing is left to it.
Time left_to_the_store_until(const Operation& op, const Capabilities& store) {
  if (!op.debts.clean_list || store.lists_uploads || !op.debts.second_look_at) return Time{};
  return *op.debts.second_look_at + store.unfinished_lifetime.value_or(kBucketLifecycle);
}

// What one round came to.
struct Payment {
  Time begun{};
  std::vector<StoreUploadId> strays;  // at our key, and held by no row
  std::vector<StoreUploadId> gone;    // aborts that are owed no more
  bool all_gone = true;
  bool deleted = false;
  std::exception_ptr failure;  // that ended it early
};

// While an operation is open only its strays are owed, and its own upload is never touched.
bool is_due(const Operation& op, const StoreUploadId& owed) {
  return has_ended(op.state) || owed != op.store_upload;
}

void book(Operation& op, const Payment& paid, const Capabilities& store, Time now, Millis retention) {
  Debts& debts = op.debts;
  const bool ended = has_ended(op.state);
  const bool clean = !paid.failure && paid.all_gone && paid.strays.empty() &&
                     (!debts.delete_object || paid.deleted);
  const bool second_look_is_over = !debts.second_look_at || *debts.second_look_at <= paid.begun;
  const Time left_until = left_to_the_store_until(op, store);
  if (paid.deleted && op.result) op.object_deleted = true;
  if (ended && clean && second_look_is_over && left_until <= paid.begun) {
    debts = Debts{};
    op.look_again_at = op.ended_at.value_or(now) + retention;
    return;
  }
  debts.aborts.insert(debts.aborts.end(), paid.strays.begin(), paid.strays.end());
  // An ended operation's are kept for the second look.
  if (!ended)
    std::erase_if(debts.aborts,
                  [&](const auto& a) { return std::ranges::find(paid.gone, a) != paid.gone.end(); });
  op.look_again_at = now + kDebtPause;
  if (clean && debts.second_look_at)
    op.look_again_at = second_look_is_over ? left_until : *debts.second_look_at;
  if (!clean && !paid.deleted) op.look_again_at = std::max(*op.look_again_at, debts.delete_not_before);
}

Task<void> abort_what_is_owed(Steps steps, const Operation& op, Payment& paid) {
  for (const StoreUploadId& owed : op.debts.aborts) {
    if (!is_due(op, owed)) continue;
    if (co_await steps.abort_is_settled(op, owed))
      paid.gone.push_back(owed);
    else
      paid.all_gone = false;
  }
}

Task<Payment> pay(Steps steps, const Operation& op, Time now) {
  ObjectStore& store = *steps.drive_of(op).store;
  Payment paid{.begun = now};
  try {
    if (has_ended(op.state) && op.debts.clean_list && store.capabilities().lists_uploads)
      for (const StoreUploadId& listed : co_await store.list_uploads(op.key))
        if (std::ranges::find(op.debts.aborts, listed) == op.debts.aborts.end())
          paid.strays.push_back(listed);
    co_await abort_what_is_owed(steps, op, paid);
    if (op.debts.delete_object && op.debts.delete_not_before <= now) {
      co_await store.delete_object(op.key);
      paid.deleted = true;
    }
  } catch (const Error&) {
    paid.failure = std::current_exception();
  }
  co_return paid;
}

}  // namespace

// A session store that is away holds up no debt: the session is dropped at a later look.
Task<void> Steps::drop_session(UploadId id) {
  try {
    co_await ports().sessions.end(id, kTombstoneKept);
  } catch (const Error& error) {
    report("dropping the session of " + id.str(), error.message());
  }
}

Task<void> Steps::settle(UploadId id) {
  const LoadedOperation loaded = co_await load(id);
  const Operation& op = loaded.operation;
  if (has_ended(op.state)) co_await drop_session(id);
  if (op.debts.settled()) co_return;

  const Payment paid = co_await pay(*this, op, loaded.now);
  co_await change(id, [&](const LoadedOperation& row) -> std::optional<Transition> {
    if (row.operation.revision != op.revision)
      return std::nullopt;  // somebody else was here: the next look sees all
    Transition to{.operation = row.operation, .node = row.node};
    book(to.operation, paid, drive_of(op).store->capabilities(), row.now, policy().retention);
    return to;
  });
  if (paid.failure) std::rethrow_exception(paid.failure);
}

}  // namespace longshore
