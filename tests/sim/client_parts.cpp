// How a client sends one part, until it is stored.
#include <algorithm>

#include "base/hash.h"
#include "tests/fakes/checksum.h"
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
    // Slowly: a store may break off, and be sent the beginning again, before the end shows that it is wrong.
    sending.pause_max = std::max(sending.pause_max, Millis{100});
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
    if (dice_.chance(0.5)) {
      request.crc32c = fakes::crc32c_of(bytes);
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
