// How a client brings an upload to its end: asks for the completion, or waits for it, or gives up.
#include "tests/fakes/describe.h"
#include "tests/sim/client.h"
#include "tests/sim/client_request.h"

namespace longshore::sim {

namespace {

constexpr int kSendsAllAgain = 3;
constexpr int kWaitsForCompletion = 200;

}  // namespace

void Client::ended_otherwise(Current& current, const Error& error) {
  current.ended = error.details().state.empty() ? std::string(to_string(error.reason()))
                                                : error.details().state;
  if (current.ended == "COMPLETED") world_.invariants.said_completed(current.id);
}

Task<void> Client::finish(Current& current) {
  while (!current.ended) {
    std::optional<Error> no;
    try {
      // Who waits for long asks what is wrong: a checksum of the whole that cannot be checked any more, say.
      if (current.plan.completes || ++current.waits > kWaitsForCompletion) {
        co_await ask_to_complete(current);
      } else {
        co_await wait_for_completion(current);
      }
    } catch (const Error& error) {
      no = error;
    }
    if (no) co_await refused(current, *no);
    if (!current.ended) co_await be_patient();
  }
}

Task<CompleteAnswer> Client::try_complete(Current& current) {
  CompleteRequest request{.ref = {.node = {}, .upload = current.id}};
  if (current.plan.says_total)
    request.total_chunks = static_cast<std::int32_t>(current.plan.intent.chunks.size());
  return insist<CompleteAnswer>("complete " + current.id.str(),
                                [who = caller(current), request](ServerLife& life) {
                                  return life.coordinator().complete(who, request);
                                });
}

Task<void> Client::ask_to_complete(Current& current) {
  const Time asked_at = world_.clock.now();
  const CompleteAnswer answer = co_await try_complete(current);
  if (answer.state == OperationState::completed) {
    world_.invariants.said_completed(current.id);
    current.ended = "COMPLETED";
    if (is_in_mood_for(habits().completes_twice)) co_await try_complete(current);
  } else if (!answer.missing.empty()) {
    world_.story.tell(name_, "has to send again: ", fakes::describe(answer.missing));
    world_.invariants.chunks_named_missing(current.id, answer.missing, asked_at);
    const bool has_them = answer.missing.back().last.value() < std::ssize(current.plan.intent.chunks);
    if (!has_them && current.plan.intent.may_complete)
      world_.invariants.violated("error", name_ + " is asked for a chunk that it does not have");
    if (has_them)
      co_await send_chunks(current, chunks_of(answer.missing));
    else
      co_await cancel(current);
  }
}

/// Completion is implied: nobody asks for it.
Task<void> Client::wait_for_completion(Current& current) {
  const auto view = co_await insist<UploadView>("status", [id = current.id](ServerLife& life) {
    return life.coordinator().status(UploadRef{.node = {}, .upload = id});
  });
  if (has_ended(view.operation.state)) {
    current.ended = std::string(to_string(view.operation.state));
    if (current.ended == "COMPLETED") world_.invariants.said_completed(current.id);
  } else if (view.operation.state == OperationState::open && !view.missing.empty()) {
    co_await send_chunks(current, chunks_of(view.missing));
  } else if (!view.operation.error_code.empty()) {
    current.waits = kWaitsForCompletion;  // the store has refused it: why?
  }
}

/// A completion was refused for what only the client can mend.
Task<void> Client::refused(Current& current, Error error) {
  switch (error.reason()) {
    case Reason::upload_ended:
      ended_otherwise(current, error);
      co_return;
    case Reason::checksum_unknown:
      co_await send_chunks(current, chunks_of(error.details().missing_chunks));
      co_return;
    case Reason::size_mismatch:
    case Reason::digest_mismatch:
      // Where nothing tells which chunk is the last, nobody can name the last ones if they were lost: all of
      // it again. In times of trouble they may be lost any number of times.
      if (world_.calm) ++current.sent_all_again;
      if (current.plan.intent.may_complete && !current.plan.tells_last() &&
          current.sent_all_again <= kSendsAllAgain) {
        co_await send_chunks(current, chunks_of(current.plan));
        co_return;
      }
      [[fallthrough]];
    case Reason::chunk_conflict:
    case Reason::out_of_limits:
      if (current.plan.intent.may_complete) {
        world_.invariants.violated("error", name_ + " did all right and is told " + fakes::describe(error));
      }
      co_await cancel(current);
      co_return;
    default:
      current.ended = std::string(to_string(error.reason()));
  }
}

Task<void> Client::cancel(Current& current) {
  std::optional<Error> no;
  try {
    co_await insist<UploadView>("cancel", [who = caller(current), id = current.id](ServerLife& life) {
      return life.coordinator().cancel(who, UploadRef{.node = {}, .upload = id}, "changed my mind");
    });
    world_.invariants.said_cancelled(current.id);
    current.ended = "CANCELLED";
  } catch (const Error& error) {
    no = error;
  }
  if (no) ended_otherwise(current, *no);
}

}  // namespace longshore::sim
