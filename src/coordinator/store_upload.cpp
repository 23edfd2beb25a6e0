// The multipart upload at the store: created once where possible, never lost track of.
#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "coordinator/steps.h"
#include "net/race.h"

namespace longshore {
namespace {

bool holds(const Operation& op, const StoreUploadId& id) {
  return op.store_upload == id || std::ranges::find(op.debts.aborts, id) != op.debts.aborts.end();
}

std::optional<Transition> owe(const LoadedOperation& loaded, const std::vector<StoreUploadId>& ids) {
  Transition to{.operation = loaded.operation, .node = loaded.node};
  for (const StoreUploadId& id : ids)
    if (!holds(to.operation, id)) to.operation.debts.aborts.push_back(id);
  if (to.operation.debts.aborts.size() == loaded.operation.debts.aborts.size()) return std::nullopt;
  to.operation.look_again_at = loaded.now;
  return to;
}

Task<void> create_at(ObjectStore& store, CreateUpload request, StoreUploadId& created) {
  created = co_await store.create_upload(std::move(request));
}

}  // namespace

ObjectHeaders Steps::headers_of(const Operation& op) {
  const Attributes& a = op.attributes;
  return {.content_type = a.mime_type,
          .content_disposition = a.content_disposition,
          .cache_control = a.cache_control,
          .storage_class = a.storage_class,
          .tags = a.tags,
          .user_metadata = {{"node-id", op.node.str()},
                            {"connector-id", percent_encode(op.connector.str())},
                            {"original-name", percent_encode(a.name, " ")},
                            {"upload-id", op.id.str()},
                            {kUploadTokenMetadata, op.token.str()}}};
}

Task<LoadedOperation> Steps::ensure_created(LoadedOperation loaded, bool first) {
  const UploadId id = loaded.operation.id;
  const Time give_up = now() + kCreatePatience;
  for (bool mine = first; !mine;) {
    const Operation& op = loaded.operation;
    if (op.state != OperationState::open || op.store_upload) co_return loaded;
    if (op.create_deadline > loaded.now) {
      if (now() >= give_up)
        throw unavailable(Reason::store_unavailable,
                          "the store has not yet answered to the creation of this upload", Outcome::retry,
                          op.create_deadline - loaded.now);
      co_await ports().timers.sleep_for(kPollPause);
      loaded = co_await load(id);
      continue;
    }
    const AttemptId attempt = new_attempt();
    loaded = co_await change(id, [&](const LoadedOperation& row) -> std::optional<Transition> {
      const Operation& current = row.operation;
      if (current.state != OperationState::open || current.store_upload || current.create_deadline > row.now)
        return std::nullopt;
      Transition to{.operation = current, .node = row.node};
      ++to.operation.creates_sent;
      to.operation.create_deadline = row.now + kCreateDeadline;
      to.operation.create_attempt = attempt;
      return to;
    });
    mine = loaded.operation.create_attempt == attempt && loaded.operation.state == OperationState::open &&
           !loaded.operation.store_upload;
  }

  const Operation& op = loaded.operation;
  StoreUploadId created;
  const bool in_time = co_await ends_within(
      ports().timers, kCreateLimit,
      create_at(*drive_of(op).store,
                CreateUpload{.key = op.key, .headers = headers_of(op), .chunk_size = op.expected.chunk_size},
                created));
  if (!in_time)
    throw unavailable(Reason::store_unavailable, "the store did not answer to the creation of the upload",
                      Outcome::unknown);
  const bool stored = co_await store_created(id, created);
  loaded = co_await load(id);
  if (stored && loaded.operation.creates_sent > 1) {
    co_await owe_strays(loaded.operation);
    loaded = co_await load(id);
  }
  co_return loaded;
}

// The first id that comes back is the upload's; every other one is owed an abort.
Task<bool> Steps::store_created(UploadId id, StoreUploadId created) {
  const auto take_or_owe = [&](const LoadedOperation& row) -> std::optional<Transition> {
    const Operation& op = row.operation;
    if (holds(op, created)) return std::nullopt;
    if (op.state != OperationState::open || op.store_upload) return owe(row, {created});
    Transition to{.operation = op, .node = row.node};
    to.operation.store_upload = created;
    if (!op.owner_until) to.operation.look_again_at = expires_at(op, row.now, policy_of(op));
    return to;
  };
  const LoadedOperation after = co_await change(id, take_or_owe);
  co_return after.operation.store_upload == created;
}

// A create whose answer was lost may have left an upload at the store. The list is read only now that our own
// id is stored, and the row decides, under its revision, whether a listed id is held.
Task<void> Steps::owe_strays(const Operation& op) {
  ObjectStore& store = *drive_of(op).store;
  if (!store.capabilities().lists_uploads) co_return;
  const std::vector<StoreUploadId> listed = co_await store.list_uploads(op.key);
  co_await change(op.id, [&](const LoadedOperation& row) { return owe(row, listed); });
}

// ListParts is the proof: an abort that answers success proves nothing, and a part in flight may arrive after
// it. Some stores list no parts where there is no upload; then the list of the key's uploads tells, or, where
// that proves nothing either, that it is as empty at the second look.
Task<bool> Steps::abort_is_settled(const Operation& op, const StoreUploadId& id) {
  ObjectStore& store = *drive_of(op).store;
  try {
    co_await store.abort_upload(op.key, id);
  } catch (const Error& error) {
    if (error.outcome() != Outcome::absent) throw;
  }
  try {
    const auto parts = co_await store.list_parts(op.key, id);
    if (!parts.empty()) co_return false;
  } catch (const Error& error) {
    if (error.outcome() != Outcome::absent) throw;
    co_return true;
  }
  if (!store.capabilities().lists_uploads) co_return true;
  const std::vector<StoreUploadId> listed = co_await store.list_uploads(op.key);
  co_return std::ranges::find(listed, id) == listed.end();
}

}  // namespace longshore
