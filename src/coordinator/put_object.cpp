// A whole object in one request: one PutObject where it is small and its length known, else parts on the way.
#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "coordinator/completion_try.h"
#include "coordinator/initiate.h"
#include "coordinator/lease_keeper.h"
#include "coordinator/part_try.h"
#include "net/race.h"
#include "relay/body_cursor.h"
#include "relay/verified_body.h"
#include "relay/watched_body.h"

namespace longshore {
namespace {

// Announced for the body itself, or for the object that it becomes: verified before its last piece is stored.
BodyExpectation expectation_of(const PutWholeRequest& request, const BodySource& body) {
  const Expectation& whole = request.initiate.expected;
  return {.size = body.length(),
          .crc32c = request.crc32c ? request.crc32c : whole.crc32c,
          .sha256 = request.sha256 ? request.sha256 : sha256_from_base64(whole.sha256_base64),
          .compute_sha256 = true};
}

class WholePut {
 public:
  /// Where bytes may be held.
  struct Memory {
    BufferPool::Reservation room = {};  // reserved for the parts of a body of unknown length
    BufferPool* spare = nullptr;        // for one that is put at once; nullptr: it is not kept
  };
  WholePut(Steps steps, Caller caller, const PutWholeRequest& request, BodySource& body, Memory memory)
      : steps_(steps),
        caller_(std::move(caller)),
        watched_(body),
        body_(watched_, expectation_of(request, body), memory.spare),
        room_(std::move(memory.room)),
        owned_at_(steps.now()) {}

  /// One PutObject under the lease that the row was inserted with.
  Task<CompleteAnswer> put_at_once(LoadedOperation inserted, AttemptId attempt, Time leased_at);
  /// Parts one after the other, each at its store before the next is read.
  Task<CompleteAnswer> put_in_parts(LoadedOperation created);

 private:
  Task<void> put(Operation op, std::optional<StoredObject>& object);
  Task<void> send_slices(Operation op);      // a body of known length: streamed, nothing held
  Task<void> send_held_parts(Operation op);  // of unknown length: each part held until its size is known
  Task<void> send_part(const UploadId& upload, BodySource& part);
  Task<bool> renew_owner(UploadId upload);

  Steps steps_;
  Caller caller_;
  WatchedBody watched_;
  VerifiedBody body_;
  BufferPool::Reservation room_;
  std::int32_t chunks_ = 0;
  Time owned_at_;  // when the owner mark was last renewed
};

Task<void> WholePut::put(Operation op, std::optional<StoredObject>& object) {
  if (*body_.length() == 0)
    co_await body_.next();  // stores need not ask for it, and its digest is to be right
  StoredObject stored = co_await steps_.drive_of(op).store->put_object(
      {.key = op.key, .headers = Steps::headers_of(op), .size = *body_.length()}, body_);
  if (stored.size != body_.bytes() || (stored.crc32c && *stored.crc32c != body_.crc32c()))
    throw Error{Reason::integrity, "the store's size or checksum of the object is not that of the body"};
  stored.crc32c = body_.crc32c();
  stored.sha256_base64 = body_.sha256_base64();
  object = std::move(stored);
}

Task<CompleteAnswer> WholePut::put_at_once(LoadedOperation inserted, AttemptId attempt, Time leased_at) {
  const Operation op = inserted.operation;
  std::optional<StoredObject> object;
  std::optional<Error> failure;
  std::exception_ptr other;
  try {
    LeaseKeeper lease{steps_, op.id, attempt, leased_at};
    const bool held = co_await lease.guard(put(op, object));
    if (!held) object.reset();
  } catch (const Error& error) {
    failure = error;
  } catch (...) {
    other = std::current_exception();
  }
  watched_.release();
  CompletionTry completion{steps_, op.id, {}, kOutcomePatience};
  if (object) co_return co_await completion.commit(attempt, std::move(*object));
  if (failure && failure->outcome() != Outcome::unknown) {
    const Ending ending{.state = OperationState::failed,
                        .error_code = std::string(to_string(failure->reason())),
                        .message = failure->message()};
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    co_await despite_cancellation(
        steps_,
        [](Steps steps, UploadId id, Ending end, std::string request, AttemptId by) -> Task<void> {
          co_await steps.end(std::move(id), std::move(end), std::move(request), {.holder = std::move(by)});
        }(steps_, op.id, ending, caller_.request_id, attempt),
        "ending " + op.id.str());
    throw *failure;
  }
  if (other)
    std::rethrow_exception(other);  // this request was cancelled: its lease runs out, the sweep settles it
  co_return co_await completion.settle_single_put(attempt, "the store's answer was lost");
}

Task<void> WholePut::send_part(const UploadId& upload, BodySource& part) {
  PartTry attempt{steps_, upload,
                  BeginPart{.chunk = ChunkIndex{chunks_},
                            .size = *part.length(),
                            .crc32c = std::nullopt,
                            .last = false,
                            .attempt = steps_.new_attempt()}};
  PartOutcome outcome = co_await attempt.run(part, std::nullopt);
  if (std::holds_alternative<UploadComplete>(outcome))
    throw Error{Reason::upload_ended, "somebody else has completed this upload", {.state = "COMPLETED"}};
}

Task<void> WholePut::send_slices(Operation op) {
  BodyCursor cursor{body_};
  const std::int64_t length = *body_.length();
  const std::int64_t part_bytes = *op.expected.chunk_size;
  for (std::int64_t sent = 0; sent < length; sent += part_bytes, ++chunks_) {
    BodySlice slice{cursor, std::min(part_bytes, length - sent)};
    co_await send_part(op.id, slice);
  }
}

Task<void> WholePut::send_held_parts(Operation op) {
  const StoreLimits& limits = steps_.drive_of(op).limits;
  const std::int64_t part_bytes = limits.part_bytes_unknown_length;
  BodyCursor cursor{body_};
  HeldPart part{std::move(room_)};
  for (; !co_await cursor.at_end(); ++chunks_) {
    if (chunks_ >= limits.parts_max)
      throw Error{Reason::payload_too_large, "a body of unknown length ends at " +
                                                 std::to_string(part_bytes * limits.parts_max) +
                                                 " bytes on this drive; announce its length"};
    co_await part.fill(cursor, part_bytes);
    co_await send_part(op.id, part);
  }
}

// False once somebody else has the name, or may have it. Who is silent lets the mark run out: then the next
// request of that name may take it, and until one does, this one may go on. A catalog that does not answer is
// forgiven as long as the mark stands.
Task<bool> WholePut::renew_owner(UploadId upload) {
  const bool silent = !watched_.is_alive();
  const Time asked_at = steps_.now();
  try {
    const LoadedOperation after = co_await steps_.change(
        upload, [&](const LoadedOperation& row) -> std::optional<Transition> {
          if (silent || row.operation.state != OperationState::open) return std::nullopt;
          Transition to{.operation = row.operation, .node = row.node};
          to.operation.owner_until = row.now + kOwnerMark;
          to.operation.look_again_at = row.now + kOwnerMark + kOwnerGone;
          return to;
        });
    if (!silent) owned_at_ = asked_at;
    co_return !has_ended(after.operation.state);
  } catch (const Error& error) {
    steps_.report("renewing the mark of " + upload.str(), error.message());
  }
  co_return steps_.now() + kOwnerRenewal < owned_at_ + kOwnerMark;
}

Task<void> cancel_upload(Steps steps, UploadId id, std::string request_id) {
  const Ending ending{.state = OperationState::cancelled,
                      .error_code = "CANCELLED",
                      .message = "the request that fed it ended before the object was whole"};
  co_await steps.end(std::move(id), ending, std::move(request_id));
}

// Who sends the whole in one request knows nothing of its chunks.
std::exception_ptr as_whole(const Error& error) {
  if (error.reason() != Reason::checksum_unknown) return std::make_exception_ptr(error);
  return std::make_exception_ptr(
      unavailable(Reason::state_unavailable,
                  "the checksums of some bytes were lost on the way; send the object again", Outcome::retry));
}

Task<CompleteAnswer> WholePut::put_in_parts(LoadedOperation created) {
  const UploadId upload = created.operation.id;
  std::exception_ptr failure;
  try {
    const bool sent = co_await with_heartbeat(
        steps_.ports().timers, kOwnerRenewal, [&] { return renew_owner(upload); },
        body_.length() ? send_slices(created.operation) : send_held_parts(created.operation));
    if (!sent) {
      const LoadedOperation lost = co_await steps_.load(upload);
      if (has_ended(lost.operation.state)) Steps::throw_ended(lost.operation);
      throw unavailable(Reason::catalog_unavailable,
                        "the upload's mark could not be renewed; send the object again", Outcome::retry);
    }
    CompletionTry completion{steps_,
                             upload,
                             {.total_chunks = chunks_, .sha256_base64 = {}, .crc32c = body_.crc32c()},
                             kOutcomePatience};
    completion.knows_sha256(body_.sha256_base64());
    CompleteAnswer answer = co_await completion.run(caller_.request_id);
    if (answer.state == OperationState::open)
      throw unavailable(Reason::store_unavailable,
                        "the store has lost some of the bytes; send the object again", Outcome::retry);
    co_return answer;
  } catch (const Error& error) {
    failure = as_whole(error);
  } catch (...) {
    failure = std::current_exception();
  }
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  co_await despite_cancellation(steps_, cancel_upload(steps_, upload, caller_.request_id),
                                "cancelling " + upload.str());
  std::rethrow_exception(failure);
}

}  // namespace

namespace {

// All of it before the first byte: two half-served bodies would wait for each other.
Task<BufferPool::Reservation> reserve_part(BufferPool& buffers, std::int64_t part_bytes) {
  BufferPool::Reservation room = co_await buffers.reserve(part_bytes);
  if (!room)
    throw Error{Reason::busy,
                "the server's memory budget is too small for a body of unknown length; announce its length",
                {.retry_after = std::chrono::seconds{5}}};
  co_return room;
}

[[noreturn]] void throw_not_completed(const Operation& op) {
  if (has_ended(op.state)) Steps::throw_ended(op);
  throw Error{Reason::upload_completing,
              "the store has not yet said whether the object stands; ask for upload " + op.id.str(),
              {.upload_id = op.id.str(), .retry_after = std::chrono::seconds{2}}};
}

}  // namespace

Task<PutWholeAnswer> Coordinator::put_object(Caller caller, PutWholeRequest request, BodySource& body) {
  Steps steps{*this};
  const StoreLimits& limits = drive(request.initiate.drive).limits;
  const auto length = body.length();
  if (length) {
    if (request.initiate.expected.size && *request.initiate.expected.size != *length)
      throw invalid_field("expected_size",
                          "expected_size is not the length of the body; leave one of them out");
    request.initiate.expected.size = length;
  }
  const bool at_once = length && *length <= limits.single_put_threshold;
  request.initiate.expected.chunk_size.reset();
  if (!at_once)
    request.initiate.expected.chunk_size = length ? recommended_part_bytes(length, limits)
                                                  : limits.part_bytes_unknown_length;
  WholePut::Memory memory;
  if (!length) memory.room = co_await reserve_part(ports_.buffers, limits.part_bytes_unknown_length);
  if (at_once) memory.spare = steps.spare_memory_for(*drive(request.initiate.drive).store);

  const AttemptId attempt = steps.new_attempt();
  const Time asked_at = steps.now();
  Initiation initiation{
      *this, caller, request.initiate, {.single_put = at_once, .owned = !at_once, .attempt = attempt}};
  Initiation::Result started = co_await initiation.insert();
  PutWholeAnswer answer;
  const UploadId upload = started.loaded.operation.id;
  if (started.repeated) {
    answer.repeated = true;
  } else if (WholePut whole{steps, caller, request, body, std::move(memory)}; at_once) {
    co_await whole.put_at_once(std::move(started.loaded), attempt, asked_at);
  } else {
    started.loaded = co_await initiation.create(std::move(started.loaded));
    co_await whole.put_in_parts(std::move(started.loaded));
  }
  LoadedOperation after = co_await steps.load(upload);
  if (!answer.repeated && after.operation.state != OperationState::completed)
    throw_not_completed(after.operation);
  answer.created = !after.operation.is_update;
  answer.operation = std::move(after.operation);
  answer.node = std::move(after.node);
  co_return answer;
}

}  // namespace longshore
