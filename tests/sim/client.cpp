#include "tests/sim/client.h"

#include "tests/fakes/describe.h"
#include "tests/sim/client_request.h"

namespace longshore::sim {

namespace {

constexpr int kSendsAllAgain = 3;
constexpr int kWaitsForCompletion = 200;
constexpr int kWaitsForOthers = 6;  // for an upload of somebody else at the same node

std::deque<ChunkIndex> all_of(const std::vector<ChunkRange>& ranges) {
  std::deque<ChunkIndex> chunks;
  for (const ChunkRange& range : ranges) {
    for (auto i = range.first.value(); i <= range.last.value(); ++i) chunks.emplace_back(i);
  }
  return chunks;
}

std::deque<ChunkIndex> all_chunks(const UploadPlan& plan) {
  std::deque<ChunkIndex> chunks;
  for (int i = 0; i < std::ssize(plan.intent.chunks); ++i) chunks.emplace_back(i);
  return chunks;
}

Task<std::string> read_all(ServerLife& life, NodeId node, UploadId version) {
  Coordinator& coordinator = life.coordinator();
  const Content content = co_await coordinator.content(std::move(node), std::move(version));
  const auto body = co_await coordinator.open_content(content, std::nullopt);
  std::string bytes;
  for (ByteView piece = co_await body->next(); !piece.empty(); piece = co_await body->next()) {
    bytes.append(as_text(piece));
  }
  co_return bytes;
}

Task<PutWholeAnswer> put_whole_at(World& world, ServerLife& life, Caller who, PutWholeRequest request,
                                  Sending sending, Dice dice) {
  ClientBody body(world, life.buffers(), std::move(sending), dice);
  co_return co_await life.coordinator().put_object(std::move(who), std::move(request), body);
}

}  // namespace

bool is_worth_another_try(const Error& error) {
  switch (error.reason()) {
    case Reason::body_cut_off:
    case Reason::request_timeout:
    case Reason::upload_completing:
    case Reason::part_in_progress:
    case Reason::too_many_chunks_in_flight:
    case Reason::too_many_uploads:
    case Reason::store_unavailable:
    case Reason::state_unavailable:
    case Reason::catalog_unavailable:
    case Reason::draining:
    case Reason::busy:
      return true;
    case Reason::store_refused:
      return error.details().store_code != "EntityTooSmall";
    default:
      return false;
  }
}

Task<void> Client::live() {
  try {
    for (int i = 0; i < world_.profile.uploads_a_client; ++i) {
      co_await world_.sleep(dice_.between(Millis{0}, world_.profile.chaos_for / 2));
      co_await upload(NodeId());
    }
  } catch (const Gone&) {
  }
  done_ = true;
}

Task<void> Client::upload(NodeId node) {
  Current current;
  current.intent = name_ + "u" + std::to_string(++intents_);
  current.plan = draw_upload(dice_, world_.profile, current.intent, node);
  world_.intents.add(current.plan.intent);
  world_.story.tell(name_, "wants to upload \"", current.plan.intent.whole(), "\" in ",
                    current.plan.intent.chunks.size(), " chunks", current.plan.whole ? ", in one call" : "",
                    current.plan.intent.may_complete ? "" : ", announcing something else");
  if (current.plan.whole) {
    co_await put_whole(current);
  } else {
    if (!co_await initiate(current)) co_return;
    co_await send_chunks(current, all_chunks(current.plan));
    if (!current.ended && is_in_mood_for(habits().cancels)) co_await cancel(current);
    if (!current.ended) co_await finish(current);
  }
  world_.story.tell(name_, current.id.str(), " has come to its end: ", current.ended.value_or("?"));
  if (current.ended != "COMPLETED") co_return;
  if (dice_.chance(0.5)) co_await read_back(current);
  if (is_in_mood_for(habits().updates)) co_await upload(node_of(current.id));
  if (is_in_mood_for(habits().deletes)) co_await remove(current);
}

// Beginning

/// False: there is nothing to upload to.
Task<bool> Client::initiate(Current& current) {
  for (int waits = 0; waits < kWaitsForOthers; ++waits) {
    std::optional<Error> no;
    try {
      const UploadView view = co_await insist<UploadView>(
          "initiate", [who = caller(current), request = current.plan.initiate](ServerLife& life) {
            return life.coordinator().initiate(who, request);
          });
      current.id = view.operation.id;
      world_.story.tell(name_, "has the upload ", current.id.str());
      co_return true;
    } catch (const Error& error) {
      no = error;
    }
    // FAILED at once because the store refused: that was said, and a new try is a new upload.
    if (no->reason() != Reason::upload_in_progress) co_return false;
    if (co_await adopt(current, UploadId(no->details().upload_id))) co_return true;
    co_await pause();
  }
  co_return false;
}

/// The answer to an earlier try was lost, and this is its upload.
Task<bool> Client::adopt(Current& current, UploadId id) {
  if (!current.plan.node_is_named) co_return false;
  const auto view = co_await insist<UploadView>("status", [id](ServerLife& life) {
    return life.coordinator().status(UploadRef{.node = {}, .upload = id});
  });
  const Intent* intent = world_.intents.of_request(view.operation.request_id);
  if (intent == nullptr || intent->id != current.intent || has_ended(view.operation.state)) co_return false;
  current.id = id;
  co_return true;
}

// Ending

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
      co_await send_chunks(current, all_of(answer.missing));
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
    co_await send_chunks(current, all_of(view.missing));
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
      co_await send_chunks(current, all_of(error.details().missing_chunks));
      co_return;
    case Reason::size_mismatch:
    case Reason::digest_mismatch:
      // Where nothing tells which chunk is the last, nobody can name the last ones if they were lost: all of
      // it again. In times of trouble they may be lost any number of times.
      if (world_.calm) ++current.sent_all_again;
      if (current.plan.intent.may_complete && !current.plan.tells_last() &&
          current.sent_all_again <= kSendsAllAgain) {
        co_await send_chunks(current, all_chunks(current.plan));
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

// Whole objects

namespace {

/// Somebody else was at the same name.
bool is_worth_another_whole(const Error& error) {
  return error.reason() == Reason::upload_in_progress || error.reason() == Reason::upload_ended;
}

}  // namespace

bool Client::is_refused_rightly(const UploadPlan& plan, const Error& error) const {
  const std::int64_t size = std::ssize(plan.intent.whole());
  const StoreLimits& limits = profile_of(plan).limits;
  switch (error.reason()) {
    case Reason::already_exists:
      return plan.initiate.fail_if_exists;
    case Reason::payload_too_large:
      return !plan.length_known && size > limits.part_bytes_unknown_length * limits.parts_max;
    case Reason::store_refused:
      return profile_of(plan).store.part_bytes_min > limits.part_bytes_min;
    case Reason::integrity:
      return profile_of(plan).spoils > 0;
    default:
      return !plan.intent.may_complete;
  }
}

const DriveProfile& Client::profile_of(const UploadPlan& plan) const {
  const bool first = plan.initiate.drive.empty();
  return first ? world_.profile.drives.front() : world_.profile.drives.back();
}

Task<void> Client::put_whole(Current& current) {
  const std::string whole = current.plan.intent.whole();
  for (int tries = 0; tries < kWaitsForOthers; ++tries) {
    PutWholeRequest request{.initiate = current.plan.initiate};
    if (!current.plan.length_known) request.initiate.expected.size.reset();
    if (!current.plan.intent.may_complete) request.crc32c = crc32c_of(whole + "x");
    if (!request.initiate.idempotency_key.empty())
      request.initiate.idempotency_key += "-" + std::to_string(tries);
    Sending sending = draw_sending(current, whole);
    sending.length_known = current.plan.length_known;
    std::optional<Error> no;
    doing_ = "put object";
    try {
      const auto answer = co_await this->request<PutWholeAnswer>(
          "put object",
          [this, who = caller(current), request, sending, dice = dice_.branch()](ServerLife& life) {
            return put_whole_at(world_, life, who, request, sending, dice);
          });
      current.id = answer.operation.id;
      current.ended = std::string(to_string(answer.operation.state));
      if (current.ended == "COMPLETED") world_.invariants.said_completed(current.id);
      co_return;
    } catch (const Error& error) {
      no = error;
    } catch (const Disconnected&) {
    } catch (const Impatient&) {
    }
    if (no && !is_worth_another_try(*no) && !is_worth_another_whole(*no)) {
      if (!is_refused_rightly(current.plan, *no))
        world_.invariants.violated("error", name_ + " did all right and is told " + fakes::describe(*no));
      break;
    }
    co_await pause();
  }
  current.ended = "given up";
}

// Afterwards

Task<void> Client::read_back(const Current& current) {
  try {
    const std::string bytes = co_await insist<std::string>(
        "content", [id = current.id](ServerLife& life) { return read_all(life, node_of(id), id); });
    world_.invariants.content_read(current.id, bytes);
  } catch (const Error&) {  // deleted or replaced meanwhile
  }
}

Task<void> Client::remove(const Current& current) {
  try {
    co_await insist<Node>("delete", [who = caller(current), id = node_of(current.id),
                                     purge = dice_.chance(0.5)](ServerLife& life) {
      return life.coordinator().remove(who, id, purge, "not wanted any more");
    });
  } catch (const Error&) {  // somebody else was first
  }
}

}  // namespace longshore::sim
