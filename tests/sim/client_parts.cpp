// How a client sends its parts: at the same time, in any order, sloppily.
#include <algorithm>

#include "base/hash.h"
#include "tests/fakes/describe.h"
#include "tests/sim/client.h"
#include "tests/sim/client_request.h"

namespace longshore::sim {

namespace {

/// While all is calm, a chunk that may be sent at all is stored within this.
constexpr Millis kStuck = std::chrono::minutes{5};

Task<PartAnswer> put_part_at(World& world, ServerLife& life, Caller who, PutPartRequest request,
                             Sending sending, Dice dice) {
  ClientBody body(world, life.buffers(), std::move(sending), dice);
  co_return co_await life.coordinator().put_part(std::move(who), std::move(request), body);
}

}  // namespace

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
    // (An object cut short would be taken for a broken one if its digest was announced.)
    const bool may_be_early = current.plan.initiate.expected.sha256_base64.empty();
    if (may_be_early && is_in_mood_for(habits().completes_early)) {
      start(world_.nature, complete_early(current, Shift(crew)));
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

/// Before all chunks are there: what is there may be the object then, if nothing was announced.
Task<void> Client::complete_early(Current& current, Shift crew) {
  world_.intents.by_id(current.intent).may_be_prefix = true;
  co_await pause();
  try {
    const CompleteAnswer answer = co_await try_complete(current);
    if (answer.state == OperationState::completed) {
      world_.invariants.said_completed(current.id);
      current.ended = "COMPLETED";
    }
  } catch (const Error&) {
  } catch (const Gone&) {
    crew->gone = true;
  }
}

Task<void> Client::send_chunk(Current& current, ChunkIndex chunk) {
  for (Time stuck_since = world_.clock.now();;) {
    doing_ = "sending chunk " + std::to_string(chunk.value()) + " of " + current.id.str();
    try {
      heard(current, chunk, co_await try_chunk(current, chunk));
      co_return;
    } catch (const Error& error) {
      const bool stored = error.reason() == Reason::checksum_unknown;  // complete will name what it wants
      if (stored) co_return;
      const bool was_corrupt = error.reason() == Reason::digest_mismatch && current.plan.intent.may_complete;
      if (!was_corrupt && !is_worth_another_try(error)) throw;
      if (error.reason() == Reason::upload_completing) stuck_since = world_.clock.now();
    } catch (const Disconnected&) {
    } catch (const Impatient&) {
    }
    if (!world_.calm) stuck_since = world_.clock.now();
    if (world_.clock.now() > stuck_since + kStuck)
      world_.invariants.violated("liveness", name_ + " is stuck " + doing_);
    co_await be_patient();
  }
}

Sending Client::draw_sending(const Current& current, const std::string& bytes) {
  Sending sending{.bytes = bytes, .announced = std::ssize(bytes)};
  if (is_in_mood_for(habits().trickles)) sending.pause_max = dice_.between(Millis{1}, Millis{15'000});
  if (dice_.chance(0.3)) sending.pause_max = std::max(sending.pause_max, Millis{20});
  if (current.plan.announces_digest && !current.plan.whole && is_in_mood_for(habits().corrupts)) {
    sending.bytes[dice_.below(bytes.size())] ^= 1;
  } else if (!bytes.empty() && is_in_mood_for(habits().cuts)) {
    sending.stops_at = dice_.below(bytes.size());
    sending.cut = true;
  } else if (!bytes.empty() && is_in_mood_for(habits().stalls)) {
    sending.stops_at = dice_.below(bytes.size());
  }
  return sending;
}

Task<PartAnswer> Client::try_chunk(Current& current, ChunkIndex chunk) {
  const auto& chunks = current.plan.intent.chunks;
  const std::string& bytes = chunks[static_cast<std::size_t>(chunk.value())];
  PutPartRequest request{
      .ref = {.node = {}, .upload = current.id}, .chunk = chunk, .size = std::ssize(bytes)};
  request.last = current.plan.says_last && chunk.value() + 1 == std::ssize(chunks);
  if (current.plan.announces_digest) {
    if (dice_.chance(0.9)) {
      request.crc32c = crc32c_of(bytes);
    } else {
      request.sha256 = sha256(bytes);
    }
  }
  const Sending sending = draw_sending(current, bytes);
  std::string what = "chunk " + std::to_string(chunk.value()) + " of " + current.id.str();
  if (sending.stops_at) what += sending.cut ? " (cut)" : " (stalls)";
  if (sending.bytes != bytes) what += " (corrupt)";
  world_.invariants.part_sent(current.id, chunk);
  co_return co_await this->request<PartAnswer>(
      what, [this, who = caller(current), request, sending, dice = dice_.branch()](ServerLife& life) {
        return put_part_at(world_, life, who, request, sending, dice);
      });
}

void Client::heard(Current& current, ChunkIndex chunk, const PartAnswer& answer) {
  world_.story.tell(name_, "chunk ", chunk.value(), " of ", current.id.str(),
                    " is acknowledged: ", to_string(answer.state), ", ", answer.bytes_uploaded, " bytes",
                    answer.stored ? "" : ", was there");
  if (answer.state == OperationState::completed) {
    world_.invariants.said_completed(current.id);
    current.ended = "COMPLETED";
  } else {
    world_.invariants.part_acknowledged(current.id, chunk, answer.bytes_uploaded);
  }
}

}  // namespace longshore::sim
