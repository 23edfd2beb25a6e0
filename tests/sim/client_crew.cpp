// How a client sends its parts: at the same time, in any order, sloppily.
#include <algorithm>

#include "tests/fakes/describe.h"
#include "tests/sim/client.h"
#include "tests/sim/client_request.h"

namespace longshore::sim {

struct Client::Crew {
  std::deque<ChunkIndex> to_do;
  int at_work = 0;
  bool gone = false;
  std::optional<Error> failure;
  fakes::Moment all_done;
};

/// One who is at work, until it is destroyed, whatever the reason.
class Client::Shift {
 public:
  explicit Shift(std::shared_ptr<Crew> crew) : crew_(std::move(crew)) { ++crew_->at_work; }
  Shift(Shift&&) noexcept = default;
  Shift& operator=(Shift&&) = delete;
  ~Shift() {
    if (crew_ && --crew_->at_work == 0) crew_->all_done.come();
  }

  Crew* operator->() const { return crew_.get(); }
  [[nodiscard]] Shift another() const { return Shift(crew_); }

 private:
  std::shared_ptr<Crew> crew_;
};

Task<void> Client::send_chunks(Current& current, std::deque<ChunkIndex> chunks) {
  if (chunks.empty()) co_return;
  for (std::size_t i = chunks.size(); i > 1; --i) std::swap(chunks[i - 1], chunks[dice_.below(i)]);
  auto crew = std::make_shared<Crew>();
  crew->to_do = std::move(chunks);
  {
    const Shift ours(crew);  // until all have started
    for (int i = 0; i < current.plan.parallel; ++i) start(world_.nature, work(current, Shift(crew)));
    if (may_complete_early(current) && is_in_mood_for(habits().completes_early)) {
      start(world_.nature, complete_meanwhile(current, Shift(crew)));
    }
  }
  co_await crew->all_done.wait();
  if (crew->gone) throw Gone{};
  if (crew->failure && !current.ended) co_await refused(current, *crew->failure);
}

Task<void> Client::work(Current& current, Shift crew) {
  while (!crew->to_do.empty() && !crew->gone && !crew->failure && !current.ended) {
    const ChunkIndex chunk = crew->to_do.front();
    crew->to_do.pop_front();
    if (is_in_mood_for(habits().duplicates))
      start(world_.nature, send_duplicate(current, chunk, crew.another()));
    if (is_in_mood_for(habits().repeats)) crew->to_do.push_back(chunk);
    if (is_in_mood_for(habits().lingers))
      co_await world_.sleep(dice_.between(Millis{0}, world_.profile.policy.idle * 3 / 4));
    try {
      co_await send_chunk(current, chunk);
    } catch (const Gone&) {
      crew->gone = true;
    } catch (const Error& error) {
      crew->failure = error;
    }
  }
}

/// The same chunk at the same time as somebody else, without a care for the answer.
Task<void> Client::send_duplicate(Current& current, ChunkIndex chunk, Shift crew) {
  try {
    heard(current, chunk, co_await try_chunk(current, chunk));
  } catch (const Error&) {
  } catch (const Disconnected&) {
  } catch (const Impatient&) {
  } catch (const Gone&) {
    crew->gone = true;
  }
}

/// The first chunks alone, and whether that is all.
Task<void> Client::send_beginning(Current& current) {
  std::deque<ChunkIndex> chunks = chunks_of(current.plan);
  if (chunks.empty() || !may_complete_early(current)) co_return;
  chunks.resize(dice_.below(chunks.size()), ChunkIndex{0});
  co_await send_chunks(current, std::move(chunks));
  if (!current.ended) co_await complete_early(current);
}

/// An object cut short would be taken for a broken one if its digest was announced.
bool Client::may_complete_early(const Current& current) {
  return current.plan.initiate.expected.sha256_base64.empty();
}

/// While chunks are on their way.
Task<void> Client::complete_meanwhile(Current& current, Shift crew) {
  co_await pause();
  try {
    co_await complete_early(current);
  } catch (const Gone&) {
    crew->gone = true;
  }
}

/// Before all chunks are there: what is there may be the object then, if nothing was announced.
Task<void> Client::complete_early(Current& current) {
  world_.intents.by_id(current.intent).may_be_prefix = true;
  try {
    const CompleteAnswer answer = co_await try_complete(current);
    if (answer.state == OperationState::completed) {
      world_.invariants.said_completed(current.id);
      current.ended = "COMPLETED";
    }
  } catch (const Error& error) {
    // What is missing can be told.
    if (error.reason() == Reason::size_mismatch && current.plan.names_last() &&
        current.plan.intent.may_complete)
      world_.invariants.violated("error",
                                 name_ + " has not sent all yet and is told " + fakes::describe(error));
  }
}

}  // namespace longshore::sim
