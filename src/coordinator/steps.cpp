#include "coordinator/steps.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/big_endian.h"
#include "base/encoding.h"
#include "base/uuid.h"
#include "coordinator/lease_keeper.h"
#include "net/race.h"

namespace longshore {
namespace {

constexpr std::size_t kAttemptBytes = 16;  // 128 random bits: never equal by chance
constexpr int kUnknownCommits = 4;         // lost answers in a row before the request is given up

Error busy_row(const UploadId& id) {
  return unavailable(Reason::catalog_unavailable,
                     "the row of upload " + id.str() + " changes too fast; try again", Outcome::retry);
}

}  // namespace

AttemptId Steps::new_attempt() const { return AttemptId{random_hex(c_.ports_.random, kAttemptBytes)}; }

AttemptId Steps::new_mark(std::int64_t revision, const AttemptId& before) const {
  const std::string order = hex_encode(big_endian(static_cast<std::uint64_t>(revision)));
  if (before.str().starts_with(order)) return before;
  return AttemptId{order + new_attempt().str()};
}

UploadPolicy Steps::policy_of(const Operation& op) const {
  UploadPolicy capped = policy();
  const Drive* const drive = c_.find_drive(op.drive);
  if (drive == nullptr) return capped;
  const auto unfinished = drive->store->capabilities().unfinished_lifetime;
  capped.idle = std::min(capped.idle, unfinished.value_or(capped.idle));
  capped.lifetime = std::min(capped.lifetime, unfinished.value_or(capped.lifetime));
  return capped;
}

void Steps::throw_ended(const Operation& op) {
  std::string message = "the upload has ended: " + std::string(to_string(op.state));
  if (!op.error_message.empty()) message += " (" + op.error_message + ")";
  throw Error{
      Reason::upload_ended, message + "; initiate a new one", {.state = std::string(to_string(op.state))}};
}

Task<UploadId> Steps::resolve(UploadRef ref) {
  if (!ref.upload.empty()) {
    if (!ref.node.empty() && node_of(ref.upload) != ref.node)
      throw invalid_field("upload_id",
                          "upload_id is not an upload of node_id; give one of them, or two that agree");
    co_return ref.upload;
  }
  const auto loaded = co_await ports().catalog.load_node(ref.node);
  if (!loaded) throw Error{Reason::not_found, "there is no node with this id"};
  const Node& node = loaded->node;
  co_return node.open_operation.empty() ? node.latest : node.open_operation;
}

Task<LoadedOperation> Steps::load(UploadRef ref) {
  co_return co_await load(co_await resolve(std::move(ref)));
}

Task<LoadedOperation> Steps::load(UploadId id) {
  auto loaded = co_await ports().catalog.load(std::move(id));
  if (!loaded) throw Error{Reason::not_found, "there is no upload with this id", {}, Outcome::absent};
  co_return std::move(*loaded);
}

Task<std::optional<bool>> Steps::try_commit(Change change) {
  try {
    co_return co_await ports().catalog.commit(std::move(change));
  } catch (const Error& error) {
    if (error.outcome() != Outcome::unknown) throw;
  }
  co_return std::nullopt;
}

Task<LoadedOperation> Steps::change(UploadId id, Decide decide) {
  co_return co_await change_both(
      std::move(id), UploadId{},
      [decide = std::move(decide)](const LoadedOperation& loaded, const std::optional<LoadedOperation>&) {
        auto transition = decide(loaded);
        return transition ? std::optional<Both>{Both{std::move(*transition), std::nullopt}} : std::nullopt;
      });
}

Task<LoadedOperation> Steps::change_both(UploadId id, UploadId other, DecideBoth decide) {
  int unknown = 0;
  for (int tries = 0; tries < kChangeTries; ++tries) {
    const LoadedOperation loaded = co_await load(id);
    std::optional<LoadedOperation> second;
    if (!other.empty()) second = co_await ports().catalog.load(other);
    std::optional<Both> both = decide(loaded, second);
    if (!both) co_return loaded;

    Transition& to = both->transition;
    Change change;
    change.operations.push_back({to.operation, loaded.operation.revision});
    if (both->other) change.operations.push_back(*both->other);
    if (to.node_changed) change.node = NodeWrite{to.node, loaded.node.revision};
    change.events = to.events;
    const auto committed = co_await try_commit(std::move(change));
    if (committed == true) {
      to.operation.revision = loaded.operation.revision + 1;
      if (to.node_changed) to.node.revision = loaded.node.revision + 1;
      co_return LoadedOperation{std::move(to.operation), std::move(to.node), loaded.now};
    }
    if (!committed && ++unknown > kUnknownCommits) break;
  }
  throw busy_row(id);
}

Task<void> Steps::look_again(Operation seen, Time at) {
  co_await change(seen.id, [&](const LoadedOperation& row) -> std::optional<Transition> {
    if (row.operation.revision != seen.revision || row.operation.look_again_at == at) return std::nullopt;
    Transition to{.operation = row.operation, .node = row.node};
    to.operation.look_again_at = at;
    return to;
  });
}

Task<LoadedOperation> Steps::end(UploadId id, Ending ending, std::string request_id, EndCondition when) {
  // How far it came, for the event; an ended session, or a session store that is away, says nothing.
  try {
    if (const auto ledger = co_await ports().sessions.snapshot(id)) {
      const LedgerSummary summary = summarize(*ledger);
      ending.received = {.chunks = summary.received, .bytes = summary.bytes};
    }
  } catch (const Error& error) {
    report("session store", error.message());
  }
  LoadedOperation after = co_await change(
      id, [&](const LoadedOperation& loaded) -> std::optional<Transition> {
        const Operation& op = loaded.operation;
        const bool open = op.state == OperationState::open && when.holder.empty();
        const bool held = !when.holder.empty() && is_held_by(op, when.holder);
        if ((!open && !held) || (when.still && !when.still(loaded))) return std::nullopt;
        Operation named = op;
        if (!request_id.empty()) named.request_id = request_id;
        return end_otherwise(std::move(named), loaded.node, loaded.now, ending, policy());
      });
  if (has_ended(after.operation.state)) co_await settle_soon(id);
  co_return after;
}

namespace {

Task<void> swallow(Steps steps, Task<void> work, std::string what) {
  try {
    co_await std::move(work);
  } catch (const std::exception& error) {
    steps.report(what, error.what());
  }
}

Task<void> settle_within(Steps steps, UploadId id, Millis limit) {
  if (!co_await ends_within(steps.ports().timers, limit, steps.settle(id)))
    steps.report("settling " + id.str(), "the store takes its time; the sweep goes on with it");
}

}  // namespace

Task<void> Steps::settle_soon(UploadId id) {
  co_await swallow(*this, settle_within(*this, id, kSettlePatience), "settling " + id.str());
}

// In a coroutine of its own: a cancellation state belongs to a whole stack of coroutines, not to one
// function.
Task<void> despite_cancellation(Steps steps, Task<void> cleanup, std::string what) {
  namespace asio = boost::asio;
  co_await asio::co_spawn(co_await asio::this_coro::executor,
                          swallow(steps, std::move(cleanup), std::move(what)),
                          asio::bind_cancellation_slot(asio::cancellation_slot{}, asio::use_awaitable));
  co_await asio::this_coro::throw_if_cancelled(true);
}

}  // namespace longshore
