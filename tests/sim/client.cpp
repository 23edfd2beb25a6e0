#include "tests/sim/client.h"

#include "domain/times.h"
#include "tests/sim/client_request.h"

namespace longshore::sim {

namespace {

constexpr int kWaitsForOthers = 6;  // for an upload of somebody else at the same node

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
    if (is_in_mood_for(habits().completes_early)) co_await send_beginning(current);
    if (!current.ended) co_await send_chunks(current, chunks_of(current.plan));
    if (!current.ended && is_in_mood_for(habits().cancels)) co_await cancel(current);
    if (!current.ended) co_await finish(current);
  }
  world_.story.tell(name_, current.id.str(), " has come to its end: ", current.ended.value_or("?"));
  if (current.ended != "COMPLETED") co_return;
  if (dice_.chance(0.5)) co_await read_back(current);
  if (is_in_mood_for(habits().updates)) {
    // At once, or about when the sweep looks at what has just ended.
    if (dice_.chance(0.5))
      co_await world_.sleep(kWholeSetQuiet + dice_.between(Millis{0}, world_.profile.sweep_every));
    co_await upload(node_of(current.id));
  }
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
