// The course of a completion: which state it finds, who wins, what is answered. How the store's answer is
// read: find_outcome.cpp.
#include "coordinator/completion_try.h"

#include <exception>
#include <utility>

#include "coordinator/lease_keeper.h"
#include "coordinator/store_outcome.h"

namespace longshore {
namespace {

CompleteAnswer completed_answer(const Operation& op) {
  CompleteAnswer answer;
  answer.upload = op.id;
  answer.state = OperationState::completed;
  answer.object = op.result.value_or(StoredObject{});
  return answer;
}

// Of how many chunks the object will be; none if some are missing.
std::optional<std::int32_t> chunks_of(const CompletionDecision& decision) {
  if (const auto* whole = std::get_if<PartsWhole>(&decision))
    return static_cast<std::int32_t>(whole->parts.size());
  return std::holds_alternative<ObjectEmpty>(decision) ? std::optional<std::int32_t>(0) : std::nullopt;
}

// `first`, and where it says nothing `second`.
CompletionExpectation filled(CompletionExpectation first, const CompletionExpectation& second) {
  if (!first.total_chunks) first.total_chunks = second.total_chunks;
  if (!first.crc32c) first.crc32c = second.crc32c;
  if (first.sha256_base64.empty()) first.sha256_base64 = second.sha256_base64;
  return first;
}

CompletionWish wish_of(const CompletionExpectation& wanted, const Operation& op) {
  return {.total_chunks = wanted.total_chunks,
          .size = op.expected.size,
          .crc32c = wanted.crc32c ? wanted.crc32c : op.expected.crc32c};
}

Refusal as_refusal(const Error& error) {
  return {.code = std::string(to_string(error.reason())), .message = error.message()};
}

CompleteAnswer completing_answer(const UploadId& upload) {
  CompleteAnswer answer;
  answer.upload = upload;
  answer.state = OperationState::completing;
  return answer;
}

}  // namespace

// What this completion makes is checked against all that was ever said of it. Those who contradicted each
// other hear of it: at once (check_agrees), or when the object stands (check_repeat).
void CompletionTry::check_agrees(const Operation& op) const {
  const auto contradicts = [](const char* field) {
    return invalid_field(field, std::string(field) +
                                    " is not the one that was announced when the upload was "
                                    "begun; leave it out, or cancel the upload");
  };
  if (expected_.crc32c && op.expected.crc32c && *expected_.crc32c != *op.expected.crc32c)
    throw contradicts("expected_crc32c");
  if (!expected_.sha256_base64.empty() && !op.expected.sha256_base64.empty() &&
      expected_.sha256_base64 != op.expected.sha256_base64)
    throw contradicts("expected_sha256");
}

bool CompletionTry::expects_anything() const {
  return expected_.total_chunks || expected_.crc32c || !expected_.sha256_base64.empty();
}

// Complete after COMPLETED is a success again, unless it expects another object.
Task<void> CompletionTry::check_repeat(Operation& op) const {
  if (!op.result) co_return;  // a purge makes none
  StoredObject& object = *op.result;
  const std::optional<std::int32_t> chunks = op.received.chunks;
  if (expected_.total_chunks && chunks && *expected_.total_chunks != *chunks)
    throw Error{Reason::digest_mismatch, "the upload is complete, of " + std::to_string(*chunks) +
                                             " chunks and not of total_chunks, " +
                                             std::to_string(*expected_.total_chunks)};
  bool other = expected_.crc32c && object.crc32c && *expected_.crc32c != *object.crc32c;
  if (!other && !expected_.sha256_base64.empty()) {
    if (object.sha256_base64.empty()) object.sha256_base64 = co_await learn_sha256(steps_, op);
    other = object.sha256_base64 != expected_.sha256_base64;
  }
  if (other)
    throw Error{Reason::digest_mismatch,
                "the upload is complete, with another checksum than the one expected here"};
}

Task<CompleteAnswer> CompletionTry::run(std::string request_id) {
  request_id_ = std::move(request_id);
  give_up_ = steps_.now() + patience_;
  for (int tries = 0; tries < kChangeTries;) {
    LoadedOperation loaded = co_await steps_.load(upload_);
    const Operation& op = loaded.operation;
    if (op.state == OperationState::completed) {
      co_await check_repeat(loaded.operation);
      co_return completed_answer(op);
    }
    if (has_ended(op.state)) Steps::throw_ended(op);
    check_agrees(op);
    if (op.kind != OperationKind::upload)
      throw Error{Reason::upload_in_progress,
                  "this operation is not completed by clients",
                  {.upload_id = upload_.str(), .retry_after = Millis{1000}}};
    const bool held = op.state == OperationState::completing && op.lease && op.lease->until > loaded.now;
    if (held) {
      if (steps_.now() >= give_up_) co_return completing_answer(upload_);
      co_await steps_.ports().timers.sleep_for(kPollPause);
      continue;
    }
    ++tries;
    Step step;
    if (op.state == OperationState::open)
      step = co_await from_open(std::move(loaded));
    else
      step = co_await from_completing(std::move(loaded));
    const bool unchecked = step && step->state == OperationState::completed && expects_anything();
    if (step && !unchecked) co_return std::move(*step);
  }
  co_return completing_answer(upload_);
}

Task<CompletionTry::Step> CompletionTry::from_open(LoadedOperation loaded) {
  loaded = co_await steps_.ensure_created(std::move(loaded));
  if (loaded.operation.state != OperationState::open) co_return std::nullopt;
  const Expectation wanted = filled(expected_, inherited_);
  const CompletionWish wish = wish_of(wanted, loaded.operation);
  const std::int64_t object_max = steps_.drive_of(loaded.operation).limits.object_bytes_max;
  CompletionGoal goal{
      .chunks = wanted.total_chunks, .crc32c = wanted.crc32c, .sha256_base64 = wanted.sha256_base64};
  bool gone = false;  // the store does not know the upload: what came of it is found out below
  try {
    const LedgerSnapshot ledger = co_await steps_.listed_ledger(loaded);
    CompletionDecision decision = decide_completion(ledger, wish, object_max);
    if (auto* missing = std::get_if<PartsMissing>(&decision))
      co_return missing_answer(std::move(missing->ranges));
    goal.chunks = chunks_of(decision);
  } catch (const Error& error) {
    if (error.outcome() != Outcome::absent) throw;
    gone = true;
  }

  // It looks whole: the catalog names one winner, then the session is closed under the winner's attempt.
  AttemptId attempt;
  const Time asked_at = steps_.now();
  LoadedOperation held = co_await steps_.change(
      upload_, [&](const LoadedOperation& row) -> std::optional<Transition> {
        if (row.operation.state != OperationState::open) return std::nullopt;
        attempt = steps_.new_mark(row.operation.revision, attempt);
        Operation named = row.operation;
        if (!request_id_.empty()) named.request_id = request_id_;
        return start_completing(std::move(named), row.node, row.now, attempt, goal);
      });
  const bool mine = held.operation.state == OperationState::completing &&
                    held.operation.lease->attempt == attempt;
  if (!mine) co_return std::nullopt;
  if (gone) co_return co_await resume(std::move(held), attempt, asked_at);

  // A chunk may have begun in between: the closed ledger decides.
  std::exception_ptr refusal;
  Plan plan;
  try {
    plan = co_await closed_plan(held, attempt, wanted);
  } catch (const Error&) {
    refusal = std::current_exception();
  }
  if (refusal || plan.chunks() != goal.chunks) {
    co_await reopen(attempt);
    if (refusal) std::rethrow_exception(refusal);
    co_return std::nullopt;
  }
  co_return co_await conclude({.held = std::move(held),
                               .attempt = attempt,
                               .leased_at = asked_at,
                               .wanted = wanted,
                               .plan = std::move(plan)});
}

// Whoever takes an ended lease over looks first, then acts.
Task<CompletionTry::Step> CompletionTry::from_completing(LoadedOperation loaded) {
  AttemptId attempt;
  const Time asked_at = steps_.now();
  LoadedOperation held = co_await steps_.change(
      upload_, [&](const LoadedOperation& row) -> std::optional<Transition> {
        const Operation& op = row.operation;
        const bool ended = op.state == OperationState::completing && op.lease && op.lease->until <= row.now;
        if (!ended) return std::nullopt;
        attempt = steps_.new_mark(op.revision, attempt);
        return take_over(op, row.node, row.now, attempt);
      });
  const Operation& op = held.operation;
  const bool mine = op.state == OperationState::completing && op.lease && op.lease->attempt == attempt;
  if (!mine) co_return std::nullopt;
  if (op.single_put) co_return co_await settle_single_put(attempt, "the server that was storing it has gone");
  const CompletionGoal& goal = op.lease->goal;
  inherited_ = {.total_chunks = goal.chunks, .sha256_base64 = goal.sha256_base64, .crc32c = goal.crc32c};
  co_return co_await resume(std::move(held), attempt, asked_at);
}

// A completion that may have been sent before, to make what was wanted then: what the ledger still tells of
// the object helps to find it.
Task<CompletionTry::Step> CompletionTry::resume(LoadedOperation held, AttemptId attempt, Time leased_at) {
  const Expectation wanted = filled(inherited_, expected_);
  Plan plan;
  try {
    plan = co_await closed_plan(held, attempt, wanted);
  } catch (const Error& error) {
    // Without its parts the outcome can still be found; it just cannot be sent again.
    if (error.outcome() == Outcome::unknown || error.outcome() == Outcome::retry) throw;
  }
  co_return co_await conclude({.held = std::move(held),
                               .attempt = std::move(attempt),
                               .leased_at = leased_at,
                               .wanted = wanted,
                               .plan = std::move(plan),
                               .in_doubt = true});
}

// The ledger after the session was closed under this attempt, and what it makes. Neither whole nor empty:
// parts are missing.
Task<CompletionTry::Plan> CompletionTry::closed_plan(const LoadedOperation& held, const AttemptId& attempt,
                                                     const Expectation& wanted) {
  SessionStore& sessions = steps_.ports().sessions;
  auto ledger = co_await sessions.close(upload_, attempt);
  if (!ledger) {
    co_await steps_.rebuild_session(held);
    ledger = co_await sessions.close(upload_, attempt);
  }
  if (!ledger)
    throw unavailable(Reason::state_unavailable, "the upload's session cannot be closed at this moment",
                      Outcome::retry);
  Steps::tell_last(*ledger, held.operation);
  CompletionDecision decision = decide_completion(*ledger, wish_of(wanted, held.operation),
                                                  steps_.drive_of(held.operation).limits.object_bytes_max);
  if (auto* whole = std::get_if<PartsWhole>(&decision))
    co_return Plan{.whole = std::move(*whole), .empty = false};
  co_return Plan{.whole = std::nullopt, .empty = std::holds_alternative<ObjectEmpty>(decision)};
}

Task<CompletionTry::Step> CompletionTry::conclude(Search search) {
  const AttemptId attempt = search.attempt;
  const std::optional<std::int32_t> chunks = search.plan.chunks();
  Verdict verdict;
  try {
    LeaseKeeper lease{steps_, upload_, attempt, search.leased_at};
    if (!co_await lease.guard(find_outcome(std::move(search), verdict))) co_return std::nullopt;
    if (std::holds_alternative<Overtaken>(verdict)) co_return std::nullopt;
    if (std::holds_alternative<Undecided>(verdict)) co_return completing_answer(upload_);
    if (auto* stands = std::get_if<Stands>(&verdict))
      co_return co_await commit(attempt, std::move(stands->object), chunks);
    if (auto* hopeless = std::get_if<Hopeless>(&verdict))
      co_return co_await fail(attempt, hopeless->reason, std::move(hopeless->why));
    co_await reopen(attempt, std::get<GivenBack>(verdict).refusal);
  } catch (const Error& error) {
    if (error.outcome() == Outcome::refused) throw;
    steps_.report("completing " + upload_.str(), error.message());
    co_return completing_answer(upload_);  // the lease runs out, and whoever takes over looks again
  }
  if (const auto& refusal = std::get<GivenBack>(verdict).refusal) throw Error{*refusal};
  co_return std::nullopt;
}

CompleteAnswer CompletionTry::missing_answer(std::vector<ChunkRange> missing) const {
  CompleteAnswer answer;
  answer.upload = upload_;
  answer.state = OperationState::open;
  answer.missing = std::move(missing);
  return answer;
}

Task<void> CompletionTry::reopen(AttemptId attempt, const std::optional<Error>& refusal) {
  const LoadedOperation after = co_await steps_.change(
      upload_, [&](const LoadedOperation& row) -> std::optional<Transition> {
        const Operation& op = row.operation;
        if (!is_held_by(op, attempt)) return std::nullopt;
        return longshore::reopen(op, row.node, row.now, refusal ? as_refusal(*refusal) : Refusal{});
      });
  if (after.operation.state == OperationState::open)
    co_await steps_.ports().sessions.reopen(upload_, std::move(attempt));
}

Task<CompleteAnswer> CompletionTry::commit(AttemptId attempt, StoredObject object,
                                           std::optional<std::int32_t> chunks) {
  const LoadedOperation before = co_await steps_.load(upload_);
  const std::string bucket = steps_.drive_of(before.operation).store->capabilities().bucket;
  const LoadedOperation after = co_await steps_.change_both(
      upload_, before.operation.replaced,
      [&](const LoadedOperation& row,
          const std::optional<LoadedOperation>& replaced) -> std::optional<Steps::Both> {
        const Operation& op = row.operation;
        if (!is_held_by(op, attempt)) return std::nullopt;
        std::optional<OperationWrite> other;
        if (replaced && !replaced->operation.object_deleted)
          other = OperationWrite{replaced->operation, replaced->operation.revision};
        Operation ended = op;
        if (!ended.lease->goal.chunks) ended.lease->goal.chunks = chunks;
        // An object of no bytes came of a PutObject; the parts' upload is left over.
        if (object.size == 0 && op.store_upload) ended.debts.aborts.push_back(*op.store_upload);
        Transition to = complete(std::move(ended), row.node, row.now, object, bucket,
                                 other ? &other->operation : nullptr, steps_.policy());
        return Steps::Both{std::move(to), std::move(other)};
      });
  if (after.operation.state != OperationState::completed) {
    if (has_ended(after.operation.state)) Steps::throw_ended(after.operation);
    co_return completing_answer(upload_);  // the lease was lost: whoever has it now finds the same object
  }
  co_await steps_.settle_soon(upload_);
  co_return completed_answer(after.operation);
}

Task<CompleteAnswer> CompletionTry::fail(AttemptId attempt, Reason reason, std::string why) {
  const Ending ending{
      .state = OperationState::failed, .error_code = std::string(to_string(reason)), .message = why};
  const LoadedOperation after = co_await steps_.end(upload_, ending, request_id_,
                                                    {.holder = std::move(attempt)});
  if (after.operation.state == OperationState::completed) co_return completed_answer(after.operation);
  if (!has_ended(after.operation.state)) co_return completing_answer(upload_);
  throw Error{reason, std::move(why)};
}

}  // namespace longshore
