#include "coordinator/part_try.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "coordinator/store_outcome.h"
#include "net/race.h"
#include "relay/watched_body.h"

namespace longshore {
namespace {

constexpr int kBeginTries = 8;  // sessions rebuilt or reopened under our feet: more is a fault

// The attempt is renewed while bytes flow and while the store is busy with them; a stalled client loses it.
Task<bool> renew_if_alive(Steps steps, UploadId upload, ChunkIndex chunk, AttemptId attempt,
                          WatchedBody& body) {
  if (!body.is_alive()) co_return true;
  try {
    co_return co_await steps.ports().sessions.renew_attempt(std::move(upload), chunk, std::move(attempt),
                                                            kAttemptLifetime);
  } catch (const Error& error) {
    if (error.reason() != Reason::state_unavailable) throw;
  }
  co_return true;  // the receipt will tell whether the attempt is still ours
}

Error superseded() {
  return Error{Reason::part_in_progress,
               "another try at this chunk has taken over, or this one was silent for too long; ask for the "
               "status, or send it again",
               {.retry_after = Millis{1000}}};
}

}  // namespace

Task<PartOutcome> PartTry::run(BodySource& body, std::optional<Sha256Digest> sha256) {
  Opened opened = co_await begin();
  if (auto* stored = std::get_if<PartStored>(&opened)) co_return std::move(*stored);
  if (auto* complete = std::get_if<UploadComplete>(&opened)) co_return std::move(*complete);
  std::exception_ptr failure;
  bool gone = false;
  try {
    co_return co_await send(std::move(std::get<SessionInfo>(opened)), body, sha256);
  } catch (const Error& error) {
    gone = error.outcome() == Outcome::absent;
    failure = std::current_exception();
  } catch (...) {
    failure = std::current_exception();
  }
  body.release();
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  co_await despite_cancellation(steps_,
                                steps_.ports().sessions.drop_attempt(upload_, begin_.chunk, begin_.attempt),
                                "dropping an attempt of " + upload_.str());
  if (gone) co_await fail_if_gone();
  std::rethrow_exception(failure);
}

Task<PartTry::Opened> PartTry::begin() {
  SessionStore& sessions = steps_.ports().sessions;
  const Time attempt_deadline = steps_.now() + kAttemptPatience;
  const Time completing_deadline = steps_.now() + kCompletingPatience;
  for (int tries = 0; tries < kBeginTries;) {
    BeginAnswer answer = co_await sessions.begin_part(upload_, begin_, kAttemptLifetime);
    if (auto* begun = std::get_if<PartBegun>(&answer)) co_return std::move(begun->info);
    if (auto* there = std::get_if<PartThere>(&answer)) {
      if (begin_.last) co_await claim_last();
      co_return PartStored{.receipt = there->receipt, .summary = there->summary, .already_there = true};
    }
    if (std::holds_alternative<AttemptBusy>(answer)) {
      if (steps_.now() >= attempt_deadline)
        throw Error{Reason::part_in_progress,
                    "this chunk is being sent by another request; wait for its answer",
                    {.retry_after = Millis{1000}}};
      co_await steps_.ports().timers.sleep_for(kPollPause);
      continue;
    }
    ++tries;
    std::optional<UploadComplete> complete;
    if (auto* closed = std::get_if<SessionClosed>(&answer))
      complete = co_await wait_for_completion(closed->by, completing_deadline);
    else
      complete = co_await open_session();
    if (complete) co_return std::move(*complete);
  }
  throw unavailable(Reason::state_unavailable, "the upload's session does not stand still; try again",
                    Outcome::retry);
}

// Sessions are closed by completions, and while they are rebuilt. Whoever finds one closed asks the catalog,
// and clears exactly that mark if the operation is open.
Task<std::optional<UploadComplete>> PartTry::wait_for_completion(AttemptId closed_by, Time give_up) {
  for (;;) {
    const LoadedOperation loaded = co_await steps_.load(upload_);
    const Operation& op = loaded.operation;
    if (op.state == OperationState::completed) co_return UploadComplete{op};
    if (has_ended(op.state)) Steps::throw_ended(op);
    if (op.state == OperationState::open) {
      co_await steps_.ports().sessions.reopen(upload_, std::move(closed_by));
      co_return std::nullopt;
    }
    if (steps_.now() >= give_up)
      throw Error{Reason::upload_completing,
                  "the upload is being completed, and the outcome is open; try again",
                  {.retry_after = std::chrono::seconds{2}}};
    co_await steps_.ports().timers.sleep_for(kPollPause);
  }
}

Task<std::optional<UploadComplete>> PartTry::open_session() {
  LoadedOperation loaded = co_await steps_.load(upload_);
  if (loaded.operation.state == OperationState::completed) co_return UploadComplete{loaded.operation};
  if (has_ended(loaded.operation.state)) Steps::throw_ended(loaded.operation);
  if (loaded.operation.single_put || loaded.operation.kind != OperationKind::upload)
    throw Error{Reason::upload_in_progress,
                "this operation takes no chunks",
                {.upload_id = upload_.str(), .retry_after = Millis{1000}}};
  if (loaded.operation.state == OperationState::completing) {
    co_return co_await wait_for_completion(
        loaded.operation.lease ? loaded.operation.lease->attempt : AttemptId{},
        steps_.now() + kCompletingPatience);
  }
  loaded = co_await steps_.ensure_created(std::move(loaded));
  if (loaded.operation.state == OperationState::open) co_await steps_.rebuild_session(loaded);
  co_return std::nullopt;
}

Task<PartOutcome> PartTry::send(SessionInfo info, BodySource& body, std::optional<Sha256Digest> sha256) {
  VerifiedBody verified{body,
                        {.size = begin_.size, .crc32c = begin_.crc32c, .sha256 = sha256},
                        steps_.spare_memory_for(*steps_.drive(info.drive).store)};
  WatchedBody watched{verified};
  ETag etag;
  const bool held = co_await with_heartbeat(
      steps_.ports().timers, kAttemptRenewal,
      [&] { return renew_if_alive(steps_, upload_, begin_.chunk, begin_.attempt, watched); },
      stream(info, watched, etag));
  body.release();
  if (!held) throw superseded();
  if (begin_.last) {
    // The claim stays, so only the current attempt makes it (or one whose whole session is gone).
    SessionStore& sessions = steps_.ports().sessions;
    const bool current = co_await sessions.renew_attempt(upload_, begin_.chunk, begin_.attempt,
                                                         kAttemptLifetime);
    if (!current && co_await sessions.snapshot(upload_)) throw superseded();
    co_await claim_last();
  }
  co_return co_await record(Receipt{.etag = etag, .size = begin_.size, .crc32c = verified.crc32c()});
}

Task<void> PartTry::stream(SessionInfo info, BodySource& body, ETag& etag) {
  ObjectStore& store = *steps_.drive(info.drive).store;
  const StoredPart stored = co_await store.put_part(PutPart{.key = info.key,
                                                            .upload = info.store_upload,
                                                            .number = part_of(begin_.chunk),
                                                            .size = begin_.size,
                                                            .crc32c = begin_.crc32c},
                                                    body);
  etag = stored.etag;
}

Task<PartOutcome> PartTry::record(Receipt receipt) {
  SessionStore& sessions = steps_.ports().sessions;
  RecordAnswer answer = co_await sessions.record_part(upload_, begin_.chunk, begin_.attempt, receipt);
  if (answer.result == RecordResult::recorded)
    co_return PartStored{.receipt = receipt, .summary = answer.summary};
  if (answer.result == RecordResult::stale) throw superseded();

  // The session went away under us: what ListParts says of our part decides whether it counts.
  const LoadedOperation loaded = co_await steps_.load(upload_);
  if (loaded.operation.state == OperationState::completed) co_return UploadComplete{loaded.operation};
  if (has_ended(loaded.operation.state)) Steps::throw_ended(loaded.operation);
  const LedgerSnapshot ledger = co_await steps_.ledger(loaded);
  const auto entry = ledger.entries.find(begin_.chunk);
  const bool ours = entry != ledger.entries.end() && entry->second.receipt &&
                    entry->second.receipt->etag == receipt.etag;
  if (!ours)
    throw unavailable(Reason::state_unavailable,
                      "the session was lost while chunk " + std::to_string(begin_.chunk.value()) +
                          " was on its way; send it again",
                      Outcome::retry);
  co_return PartStored{.receipt = std::move(receipt), .summary = summarize(ledger)};
}

// Which chunk is the last stands in the catalog before that chunk is acknowledged.
Task<void> PartTry::claim_last() {
  const LoadedOperation after = co_await steps_.change(
      upload_, [&](const LoadedOperation& row) -> std::optional<Transition> {
        const Operation& op = row.operation;
        if (op.last || has_ended(op.state)) return std::nullopt;
        Transition to{.operation = op, .node = row.node};
        to.operation.last = begin_.chunk;
        if (op.state == OperationState::open)
          to.operation.look_again_at = std::min(op.look_again_at.value_or(Time::max()),
                                                row.now + kWholeSetQuiet);
        return to;
      });
  const Operation& op = after.operation;
  if (op.last && *op.last != begin_.chunk)
    throw Error{Reason::chunk_conflict, "chunk " + std::to_string(op.last->value()) +
                                            " was the last one already; two chunks cannot both be"};
}

// The store says that the upload is not there. Where the operation is open and no object of ours stands, no
// retry can cure that.
Task<void> PartTry::fail_if_gone() {
  const LoadedOperation loaded = co_await steps_.load(upload_);
  const Operation& op = loaded.operation;
  if (has_ended(op.state)) Steps::throw_ended(op);  // that is why it is not there
  if (op.state != OperationState::open || !op.store_upload) co_return;
  // An object of ours there: a completion went through unseen, and complete finds it.
  if (!std::holds_alternative<NothingThere>(co_await look_at_store(steps_, op, op.expected.size, true)))
    co_return;
  const Ending ending{.state = OperationState::failed,
                      .error_code = std::string(to_string(Reason::store_refused)),
                      .message = "the store has dropped the upload (NoSuchUpload)"};
  co_await steps_.end(upload_, ending, {});
}

}  // namespace longshore
