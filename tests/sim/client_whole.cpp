// How a client uploads an object in one call.
#include "tests/fakes/checksum.h"
#include "tests/fakes/describe.h"
#include "tests/sim/client.h"
#include "tests/sim/client_request.h"

namespace longshore::sim {

namespace {

constexpr int kTries = 6;

Task<PutWholeAnswer> put_whole_at(World& world, ServerLife& life, Caller who, PutWholeRequest request,
                                  Sending sending, Dice dice) {
  ClientBody body(world, life.buffers(), std::move(sending), dice);
  co_return co_await life.coordinator().put_object(std::move(who), std::move(request), body);
}

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
  for (int tries = 0; tries < kTries; ++tries) {
    PutWholeRequest request{.initiate = current.plan.initiate};
    if (!current.plan.length_known) request.initiate.expected.size.reset();
    if (!current.plan.intent.may_complete) request.crc32c = fakes::crc32c_of(whole + "x");
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

}  // namespace longshore::sim
