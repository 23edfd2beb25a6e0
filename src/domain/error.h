#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "domain/ids.h"

namespace longshore {

/// Chunks `first` to `last`, both included.
struct ChunkRange {
  ChunkIndex first;
  ChunkIndex last;
  auto operator<=>(const ChunkRange&) const = default;
};

/// The public reasons; one table in front/common turns them into HTTP and gRPC statuses.
enum class Reason {
  invalid_request,            // malformed, or contradicts another field; details.field names it
  out_of_limits,              // beyond a limit; details.limit gives it
  digest_mismatch,            // the bytes are not those that the client announced; nothing stored
  body_cut_off,               // fewer bytes than announced; nothing stored
  unauthenticated,            // no token, or not a good one
  key_required,               // customer key missing or lost
  key_mismatch,               // not the key of this upload or node
  insecure_channel,           // a key over plain TCP from another host
  forbidden,                  // verb not allowed by the token
  not_found,                  // unknown upload, node, version, route
  method_not_allowed,         //
  unsupported_media_type,     //
  request_timeout,            // header, body rate or idle deadline
  already_exists,             // fail_if_exists, or the id is another connector's
  upload_in_progress,         // the node has another operation; details.upload_id names it
  upload_ended,               // part, complete or cancel of an upload that ended otherwise; details.state
  upload_completing,          // the outcome is open
  part_in_progress,           // the same chunk is being sent
  chunk_conflict,             // two last chunks, data beyond the last, a second short chunk
  missing_chunks,             // details.missing_chunks
  size_mismatch,              // the sum is not expected_size
  checksum_unknown,           // expected_crc32c cannot be checked: details.missing_chunks must be sent again
  length_required,            // a part without Content-Length
  range_not_satisfiable,      //
  expectation_failed,         // Expect other than 100-continue
  node_deleted,               //
  payload_too_large,          //
  uri_too_long,               //
  header_too_large,           //
  idempotency_key_reused,     // another request under the same key
  too_many_chunks_in_flight,  // per upload
  too_many_uploads,           // per connector
  rate_limited,               // per token or address
  integrity,                  // the store's checksum or size is not ours
  internal,                   // a bug, or a machine that fails us
  store_refused,              // rights, bucket, quota, configuration; details.store_code
  store_unavailable,          // the store does not answer, or says "later"
  state_unavailable,          // the session store
  catalog_unavailable,        // the catalog
  keys_unavailable,           // the key vault
  draining,                   // going down
  busy,                       // memory budget
};

/// "DIGEST_MISMATCH" and so on: what clients, events and metrics read.
std::string_view to_string(Reason reason);

/// What an adapter knows of a call that failed, classified once, where the remote answer is read.
enum class Outcome {
  refused,  // definitely not done; the same call again gets the same answer
  retry,    // definitely not done; the same call may succeed later
  absent,   // definitely not done: what the call is about does not exist
  unknown,  // may or may not have been done, or may still be done. Never merged with absent.
};

struct ErrorDetails {
  std::string field = {};                       // invalid_request: which
  std::optional<std::int64_t> limit = {};       // out_of_limits: the limit itself
  std::string upload_id = {};                   // upload_in_progress: which
  std::string state = {};                       // upload_ended: how (COMPLETED, CANCELLED, ...)
  std::vector<ChunkRange> missing_chunks = {};  // missing_chunks, checksum_unknown
  std::string store_code = {};                  // store_refused: the store's own code
  std::optional<Millis> retry_after = {};       // where a retry helps
};

/// The one error type: thrown by adapters and domain rules, decided on in the coordinator, mapped by the
/// fronts. `what()` is for people: what was wrong and what to do. It never holds a secret nor a machine path.
class Error : public std::exception {
 public:
  Error(Reason reason, std::string message, ErrorDetails details = {}, Outcome outcome = Outcome::refused);

  [[nodiscard]] Reason reason() const { return reason_; }
  [[nodiscard]] Outcome outcome() const { return outcome_; }
  [[nodiscard]] const ErrorDetails& details() const { return details_; }
  [[nodiscard]] const std::string& message() const { return message_; }
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  Reason reason_;
  Outcome outcome_;
  std::string message_;
  ErrorDetails details_;
};

/// Shorthands for the frequent ones.
Error invalid_field(std::string_view field, std::string message);
Error out_of_limits(std::string_view field, std::int64_t limit, std::string message);
Error unavailable(Reason reason, std::string message, Outcome outcome, Millis retry_after = Millis{1000});

}  // namespace longshore
