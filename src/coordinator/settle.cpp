// Debts: what an ended operation still owes to the store. Paid until proven, looked at once more much later.
#include <algorithm>
#include <exception>
#include <utility>

#include "coordinator/steps.h"

namespace longshore {
namespace {

constexpr Millis kDebtPause = std::chrono::seconds{30};  // until the next try at a debt that could not be
                                                         // paid

// What `bucket setup` installs: so long after its beginning an unfinished upload is ended by the bucket.
constexpr Millis kBucketLifecycle = std::chrono::hours{7 * 24};

// An upload that no row holds, and that no list can be relied upon to show, is left to the store's own
// clean-up: until that has ended what arrived last, the row stays, and owes. Epoch: nothing is left to it.
Time left_to_the_store_until(const Operation& op, const Capabilities& store) {
  if (!op.debts.clean_list || store.lists_uploads || !op.debts.second_look_at) return Time{};
  return *op.debts.second_look_at + store.unfinished_lifetime.value_or(kBucketLifecycle);
}

// The second look is over, or there is none to come: nothing more is owed.
bool second_look_is_due(const Operation& op, Time now) {
  return !op.debts.second_look_at || *op.debts.second_look_at <= now;
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
  const Time seen = loaded.now;
  const bool ended = has_ended(op.state);
  ObjectStore& store = *drive_of(op).store;
  if (ended && !op.single_put) co_await drop_session(id);
  if (op.debts.settled()) co_return;

  // While an operation is open only its strays are owed, and its own upload is never touched.
  std::vector<StoreUploadId> strays;
  std::vector<StoreUploadId> paid;
  bool all_paid = true;
  std::exception_ptr failure;
  try {
    if (ended && op.debts.clean_list && store.capabilities().lists_uploads)
      for (const StoreUploadId& listed : co_await store.list_uploads(op.key))
        if (std::ranges::find(op.debts.aborts, listed) == op.debts.aborts.end()) strays.push_back(listed);
    for (const StoreUploadId& owed : op.debts.aborts) {
      if (!ended && owed == op.store_upload) continue;
      if (co_await abort_is_settled(op, owed))
        paid.push_back(owed);
      else
        all_paid = false;
    }
    if (op.debts.delete_object && op.debts.delete_not_before <= seen) co_await store.delete_object(op.key);
  } catch (const Error&) {
    failure = std::current_exception();
  }

  const bool deleted = !failure && op.debts.delete_object && op.debts.delete_not_before <= seen;
  const bool clean = !failure && all_paid && strays.empty() && (!op.debts.delete_object || deleted);
  const Time left_until = left_to_the_store_until(op, store.capabilities());
  const bool all_looked_at = ended && clean && second_look_is_due(op, seen);
  const bool final_look = all_looked_at && left_until <= seen;
  const std::int64_t revision = op.revision;
  co_await change(id, [&](const LoadedOperation& row) -> std::optional<Transition> {
    if (row.operation.revision != revision)
      return std::nullopt;  // somebody else was here: the next look sees all
    Transition to{.operation = row.operation, .node = row.node};
    Operation& next = to.operation;
    if (deleted && next.result) next.object_deleted = true;
    if (final_look) {
      next.debts = Debts{};
      next.look_again_at = next.ended_at.value_or(row.now) + policy().retention;
      return to;
    }
    for (const StoreUploadId& stray : strays) next.debts.aborts.push_back(stray);
    if (!ended)
      std::erase_if(next.debts.aborts,
                    [&](const auto& a) { return std::ranges::find(paid, a) != paid.end(); });
    if (all_looked_at)
      next.look_again_at = left_until;
    else
      next.look_again_at = clean && next.debts.second_look_at ? *next.debts.second_look_at
                                                              : row.now + kDebtPause;
    if (deleted || clean || next.debts.delete_not_before <= row.now) return to;
    next.look_again_at = std::max(*next.look_again_at, next.debts.delete_not_before);
    return to;
  });
  if (failure) std::rethrow_exception(failure);
}

}  // namespace longshore
