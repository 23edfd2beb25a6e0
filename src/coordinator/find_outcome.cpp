// How a completion went at the store: the answer is read, doubted where it must be, and looked up.
#include <algorithm>
#include <map>
#include <utility>

#include "base/big_endian.h"
#include "base/hash.h"
#include "coordinator/completion_try.h"
#include "coordinator/lease_keeper.h"
#include "coordinator/store_outcome.h"
#include "net/race.h"

namespace longshore {
namespace {

constexpr int kSendsMax = 3;  // of one list in a row: some stores say InvalidPart for parts just stored

struct Sent {
  std::optional<StoredObject> object;  // success
  std::optional<Error> error;          // else
};

class EmptyBody final : public BodySource {
 public:
  [[nodiscard]] std::optional<std::int64_t> length() const override { return 0; }
  Task<ByteView> next() override { co_return ByteView{}; }
};

Task<void> send_completion(Steps steps, const Operation& op, const std::optional<PartsWhole>& whole,
                           Sent& sent) {
  ObjectStore& store = *steps.drive_of(op).store;
  try {
    if (whole) {
      CompleteUpload request{.key = op.key, .upload = *op.store_upload, .parts = {}, .crc32c = whole->crc32c};
      for (const PlannedPart& part : whole->parts)
        request.parts.push_back(
            {part_of(part.chunk), part.receipt.etag, part.receipt.size, part.receipt.crc32c});
      sent.object = co_await store.complete_upload(std::move(request));
    } else {
      EmptyBody nothing;
      sent.object = co_await store.put_object({.key = op.key, .headers = Steps::headers_of(op), .size = 0},
                                              nothing);
    }
  } catch (const Error& error) {
    sent.error = error;
  }
}

bool is_invalid_part(const Error& error) { return error.details().store_code == "InvalidPart"; }

// The store does nothing of it any more, and says so; some have done it all the same.
bool is_answered_in_doubt(const Error& error) {
  return is_invalid_part(error) || error.details().store_code == "InternalError";
}

Millis pause_after(const Error& error) {
  return std::max(kSendPause, error.details().retry_after.value_or(Millis{0}));
}

// Its answer is not awaited for ever, but where the store is this process: copying a large object together
// takes as long as it takes.
Task<Sent> answer_to_completion(Steps steps, const Operation& op, const std::optional<PartsWhole>& whole) {
  Sent sent;
  const Capabilities store = steps.drive_of(op).store->capabilities();
  if (store.in_process)
    co_await send_completion(steps, op, whole, sent);
  else if (!co_await ends_within(steps.ports().timers, store.completion_deadline,
                                 send_completion(steps, op, whole, sent)))
    sent = {.object = std::nullopt,
            .error = unavailable(Reason::store_unavailable, "the store did not answer to the completion",
                                 Outcome::unknown)};
  co_return sent;
}

// What the object must measure, as far as that is known.
std::optional<std::int64_t> size_of(const std::optional<PartsWhole>& whole, bool empty, const Operation& op) {
  if (whole) return whole->size;
  return empty ? 0 : op.expected.size;
}

// The store's word on the object against our own knowledge of it; ours fills what the store does not tell.
std::optional<std::string> contradiction(StoredObject& object, const std::optional<PartsWhole>& whole) {
  if (!whole) return std::nullopt;
  if (object.size != whole->size)
    return "the store's object has " + std::to_string(object.size) + " bytes, the chunks have " +
           std::to_string(whole->size);
  if (object.crc32c && whole->crc32c && *object.crc32c != *whole->crc32c)
    return std::string("the store's checksum of the object is not that of the chunks");
  if (!object.crc32c) object.crc32c = whole->crc32c;
  return std::nullopt;
}

bool contradicts(const CompositeChecksum& shown, const PartsWhole& whole) {
  Crc32c of_checksums;
  for (const PlannedPart& part : whole.parts) {
    const auto& crc = part.receipt.crc32c;
    if (!crc) return false;  // nobody knows
    of_checksums.update(big_endian(*crc));
  }
  return shown.parts != std::ssize(whole.parts) || shown.crc32c != of_checksums.value();
}

}  // namespace

Task<void> CompletionTry::find_outcome(Search search, Verdict& verdict) {
  std::optional<Verdict> found;
  while (!search.object) {
    const bool doubtful = search.in_doubt || search.refusal;
    if (doubtful) found = co_await look(search);
    if (search.object) break;
    if (!found && search.refusal) found = co_await give_back(search);
    if (!found) found = co_await send(search);
    if (found) {
      verdict = std::move(*found);
      co_return;
    }
  }
  verdict = co_await accept(search);
}

// Looks instead of guessing.
Task<std::optional<CompletionTry::Verdict>> CompletionTry::look(Search& search) {
  const Operation& op = search.held.operation;
  const Plan& plan = search.plan;
  const StoreLook seen = co_await look_at_store(steps_, op, size_of(plan.whole, plan.empty, op),
                                                search.told_gone);
  if (const auto* stands = std::get_if<ObjectStands>(&seen)) {
    search.object = stands->object;
    search.composite = stands->composite;
    co_return std::nullopt;
  }
  if (std::holds_alternative<NothingThere>(seen) && !plan.empty)
    co_return Verdict{Hopeless{.reason = Reason::store_refused,
                               .why = "the upload is gone from the store, and no object came of it"}};
  const bool can_send = plan.whole || plan.empty;
  const Capabilities store = steps_.drive_of(op).store->capabilities();
  // It left before its sender gave it up, one deadline after the row said so, and takes another one at most.
  const bool over = search.held.now >= op.lease->sent_at + 2 * store.completion_deadline + kLease;
  if (over) search.in_doubt = false;  // nothing is under way any more
  if (search.refusal && !search.in_doubt) co_return std::nullopt;
  if (over && !can_send) co_return Verdict{GivenBack{}};  // parts are missing
  // A second PutObject of nothing would change the ETag or make a version, under a row that says otherwise.
  const bool double_harmless = !plan.empty && store.complete_twice_harmless;
  const bool patient = search.sends == 0 || steps_.now() < give_up_;
  const bool again = can_send && patient && (double_harmless || over) && search.sends < kSendsMax;
  if (!search.refusal && again && search.pause <= kSendPauseMax) co_return std::nullopt;
  const Millis pause = std::clamp(search.pause, kLease, kWholeSetRetry);
  co_await steps_.look_again(search.held.operation, search.held.now + pause);
  co_return Verdict{Undecided{}};
}

// Sends the completion (again).
Task<std::optional<CompletionTry::Verdict>> CompletionTry::send(Search& search) {
  if (search.sends > 0) co_await steps_.ports().timers.sleep_for(search.pause);
  const Time sent_before = search.held.operation.lease->sent_at;
  search.held = co_await steps_.change(upload_, [&](const LoadedOperation& row) -> std::optional<Transition> {
    if (!is_held_by(row.operation, search.attempt)) return std::nullopt;
    return mark_sent(row.operation, row.node, row.now);
  });
  const Operation& op = search.held.operation;
  if (!is_held_by(op, search.attempt)) co_return Verdict{Overtaken{}};
  ++search.sends;
  Sent sent = co_await answer_to_completion(steps_, op, search.plan.whole);
  search.object = std::move(sent.object);
  if (!sent.error) co_return std::nullopt;

  const Error& error = *sent.error;
  // The store has something else than what was sent.
  if (error.reason() == Reason::integrity)
    co_return Verdict{Hopeless{.reason = Reason::integrity, .why = error.message()}};
  const Outcome outcome = error.outcome();
  const bool look_first = !search.plan.empty && is_answered_in_doubt(error);
  search.pause = pause_after(error);
  if (!look_first && (outcome == Outcome::unknown || outcome == Outcome::absent)) {
    search.in_doubt = true;
    search.told_gone = outcome == Outcome::absent;
    co_return std::nullopt;
  }
  search.held = co_await steps_.change(upload_, [&](const LoadedOperation& row) -> std::optional<Transition> {
    if (!is_held_by(row.operation, search.attempt)) return std::nullopt;
    return mark_answered(row.operation, row.node, row.now, sent_before);
  });
  if (!is_held_by(op, search.attempt)) co_return Verdict{Overtaken{}};
  const bool is_final = !look_first && outcome == Outcome::refused;
  const bool is_last = search.sends >= kSendsMax || search.pause > kSendPauseMax;
  if (is_final || (is_last && (look_first || !search.in_doubt))) search.refusal = std::move(sent.error);
  if (search.refusal || !look_first) co_return std::nullopt;
  if (const auto ours = co_await our_object(steps_, op, size_of(search.plan.whole, search.plan.empty, op))) {
    search.object = ours->object;
    search.composite = ours->composite;
  }
  co_return std::nullopt;
}

// The store has refused, and nothing is under way any more. Where it refused chunks that it does not have,
// they are missing from now on.
Task<CompletionTry::Verdict> CompletionTry::give_back(const Search& search) {
  const bool repaired = search.plan.whole && is_invalid_part(*search.refusal) &&
                        co_await drop_contradicted(search.held, *search.plan.whole);
  if (repaired) co_return GivenBack{};
  co_return GivenBack{.refusal = search.refusal};
}

// The object stands: is it what was sent?
Task<CompletionTry::Verdict> CompletionTry::accept(Search& search) {
  const Operation& op = search.held.operation;
  StoredObject& object = *search.object;
  if (auto wrong = contradiction(object, search.plan.whole))
    co_return Hopeless{.reason = Reason::integrity, .why = std::move(*wrong)};
  if (search.composite && search.plan.whole && contradicts(*search.composite, *search.plan.whole))
    co_return Hopeless{.reason = Reason::integrity,
                       .why = "the store's checksum of the object's parts is not that of the chunks"};
  const std::string& wanted = search.wanted.sha256_base64.empty() ? op.expected.sha256_base64
                                                                  : search.wanted.sha256_base64;
  object.sha256_base64 = known_sha256_;
  if (!wanted.empty() && wanted != known_sha256_) {
    object.sha256_base64 = co_await read_back_sha256(steps_, op, object);
    if (object.sha256_base64 != wanted)
      co_return Hopeless{
          .reason = Reason::digest_mismatch,
          .why = "the object has the SHA-256 " + object.sha256_base64 + ", expected was " + wanted};
  }
  if (search.plan.empty) object.crc32c = 0;
  co_return Stands{.object = std::move(object)};
}

// InvalidPart, and it is true: each receipt that ListParts contradicts is taken back, or given the listed
// ETag where the checksum is the same. False: it contradicts none.
Task<bool> CompletionTry::drop_contradicted(const LoadedOperation& held, const PartsWhole& whole) {
  const Operation& op = held.operation;
  SessionStore& sessions = steps_.ports().sessions;
  const auto standing = co_await sessions.snapshot(upload_);
  const std::vector<ListedPart> parts = co_await steps_.list_parts(op);
  // Merged before the repair, so that the next merge does not put back at once what is dropped here.
  if (standing) co_await sessions.merge_listed(upload_, parts, standing->now);
  std::map<ChunkIndex, ListedPart> listed;
  for (const ListedPart& part : parts) listed.emplace(chunk_of(part.number), part);
  std::vector<ReceiptRepair> repairs;
  for (const PlannedPart& part : whole.parts) {
    const auto found = listed.find(part.chunk);
    if (found != listed.end() && found->second.etag == part.receipt.etag) continue;
    ReceiptRepair repair{.chunk = part.chunk, .contradicted = part.receipt.etag, .listed = std::nullopt};
    const bool same = found != listed.end() && found->second.crc32c &&
                      found->second.crc32c == part.receipt.crc32c && found->second.size == part.receipt.size;
    if (same) repair.listed = found->second.etag;
    repairs.push_back(std::move(repair));
  }
  const bool any = !repairs.empty();
  if (any) co_await sessions.repair(upload_, std::move(repairs));
  co_return any;
}

Task<CompleteAnswer> CompletionTry::settle_single_put(AttemptId attempt, const std::string& why) {
  const LoadedOperation held = co_await steps_.load(upload_);
  const auto ours = co_await our_object(steps_, held.operation, held.operation.expected.size);
  if (ours) co_return co_await commit(std::move(attempt), ours->object);
  co_return co_await fail(std::move(attempt), Reason::store_unavailable, why + "; send it again");
}

}  // namespace longshore
