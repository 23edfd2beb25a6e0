#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/coordinator.h"
#include "domain/times.h"
#include "domain/transitions.h"

namespace longshore {

inline constexpr int kChangeTries = 16;  // lost races in a row before a change gives up: more is a fault, not
                                         // contention

/// The request that feeds this upload (PUT by name) has been silent for so long that another one may take the
/// name.
inline bool owner_mark_has_run_out(const LoadedOperation& row) {
  return row.operation.owner_until && *row.operation.owner_until <= row.now;
}
/// It has gone for good.
inline bool owner_has_gone(const LoadedOperation& row) {
  return row.operation.owner_until && *row.operation.owner_until + kOwnerGone <= row.now;
}

/// When an operation may be ended.
struct EndCondition {
  AttemptId holder = {};                                   // COMPLETING under this attempt; empty: OPEN
  std::function<bool(const LoadedOperation&)> still = {};  // and this holds of the row as it is then
};

/// What several verbs share: loading rows, changing them by compare-and-set, sessions rebuilt, store uploads
/// created. A light view of the coordinator; made where it is needed.
class Steps {
 public:
  explicit Steps(Coordinator& coordinator) : c_(coordinator) {}

  [[nodiscard]] Ports& ports() const { return c_.ports_; }
  [[nodiscard]] const UploadPolicy& policy() const { return c_.policy_; }
  /// With the times that the upload's store leaves to unfinished uploads, where this server has it.
  [[nodiscard]] UploadPolicy policy_of(const Operation& op) const;
  [[nodiscard]] const Drive& drive_of(const Operation& op) const { return c_.drive(op.drive); }
  [[nodiscard]] const Drive& drive(const DriveName& name) const { return c_.drive(name); }
  /// Where to keep what has passed of a body on its way to this store; nullptr: nobody would ask for it.
  [[nodiscard]] BufferPool* spare_memory_for(const ObjectStore& store) const {
    return store.capabilities().resends_bodies ? &ports().buffers : nullptr;
  }
  [[nodiscard]] Time now() const { return c_.ports_.clock.now(); }
  void report(std::string_view what, const std::string& detail) const { c_.report_(what, detail); }
  [[nodiscard]] AttemptId new_attempt() const;
  /// Of a decision on an upload, which closes its session; it sorts behind those of the row's earlier
  /// revisions. `before`: what it was at the last look, kept where the row is still the same.
  [[nodiscard]] AttemptId new_mark(std::int64_t revision, const AttemptId& before = {}) const;
  [[nodiscard]] std::atomic<int>& long_looks() const { return c_.long_looks_; }

  // Rows

  /// The upload that is meant; throws not_found, invalid_request (node and upload disagree).
  Task<LoadedOperation> load(UploadRef ref);
  Task<LoadedOperation> load(UploadId id);
  /// Which upload is meant, without reading a row where the id is given.
  Task<UploadId> resolve(UploadRef ref);

  /// What a row should become; nullopt: nothing to do. Called again with fresh rows after a lost race or a
  /// lost answer, so it must recognise what it has done already.
  using Decide = std::function<std::optional<Transition>(const LoadedOperation&)>;
  /// Decides and commits until the commit holds or there is nothing to do. The rows as they stand then.
  Task<LoadedOperation> change(UploadId id, Decide decide);
  /// As change(), with a further row written in the same transaction.
  struct Both {
    Transition transition;
    std::optional<OperationWrite> other;
  };
  using DecideBoth =
      std::function<std::optional<Both>(const LoadedOperation&, const std::optional<LoadedOperation>&)>;
  Task<LoadedOperation> change_both(UploadId id, UploadId other, DecideBoth decide);
  /// commit(), with a lost answer told from a lost race: nullopt = not known, look again.
  Task<std::optional<bool>> try_commit(Change change);
  /// Moves an operation's next look, if the row is still as it was `seen`: what has changed since has set its
  /// own.
  Task<void> look_again(Operation seen, Time at);

  // The store's side

  /// The operation with a store upload id; creates one at the store where none is stored yet (initiate, the
  /// next touch after a crash). `first` is set by whoever inserted the row and so holds the first create.
  /// Throws store_unavailable while somebody else's create is under way for longer than we wait. An operation
  /// that is not OPEN comes back as it is.
  Task<LoadedOperation> ensure_created(LoadedOperation loaded, bool first = false);
  /// Object headers with our own metadata.
  [[nodiscard]] static ObjectHeaders headers_of(const Operation& op);

  // The session's side

  [[nodiscard]] SessionInfo session_of(const Operation& op) const;
  /// The ledger of an open or completing upload, rebuilt from catalog and ListParts where the session is
  /// gone.
  Task<LedgerSnapshot> ledger(const LoadedOperation& loaded);
  /// Which chunk is the last is the catalog's word: a session may not have heard it yet.
  static void tell_last(LedgerSnapshot& ledger, const Operation& op);
  /// The same, with ListParts merged in if that was not done within kListPause.
  Task<LedgerSnapshot> listed_ledger(const LoadedOperation& loaded);
  /// Of an upload that was just created at the store: there are no parts yet.
  Task<void> begin_session(const Operation& op);
  Task<void> rebuild_session(const LoadedOperation& loaded);
  /// ListParts, without what lies beyond the last chunk.
  Task<std::vector<ListedPart>> list_parts(const Operation& op);

  // Ending

  /// CANCELLED, EXPIRED or FAILED, if the condition holds; then drops the session and pays what can be paid
  /// at once. The rows as they stand.
  Task<LoadedOperation> end(UploadId id, Ending ending, std::string request_id, EndCondition when = {});
  /// Pays what the operation owes, as far as it can be paid now; sets its next look.
  Task<void> settle(UploadId id);
  /// settle() as a favour at the end of a request: errors are reported, not thrown; the sweep comes later
  /// anyway.
  Task<void> settle_soon(UploadId id);

  /// Aborts an upload at the store; whether it is proven that nothing is left of it.
  Task<bool> abort_is_settled(const Operation& op, const StoreUploadId& id);

  /// Throws upload_ended for FAILED, CANCELLED, EXPIRED.
  [[noreturn]] static void throw_ended(const Operation& op);

 private:
  Task<void> make_session(Operation op, bool list);
  Task<void> merge_list(const Operation& op, Time asked_at);
  Task<bool> store_created(UploadId id, StoreUploadId created);
  Task<void> owe_strays(const Operation& op);
  Task<void> drop_session(UploadId id);

  Coordinator& c_;
};

/// Runs `cleanup` although the coroutine around it was cancelled, and swallows its errors (they are
/// reported). The caller says `co_await this_coro::throw_if_cancelled(false)` first: in a cancelled coroutine
/// every other co_await throws, this one too.
Task<void> despite_cancellation(Steps steps, Task<void> cleanup, std::string what);

}  // namespace longshore
